import { ACTING_KEYS } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { OperationContext } from '@alkdev/operations'
import type { RunRights } from '@alkdev/storage/workflows'
import { callerOf } from '@alkdev/service'
import { actingKeysOf } from '../queue/acting-keys.ts'
import { queueingCaller } from '../schedules/queueing-caller.ts'

/**
 * The rights of the caller, with which the calls of a run are made. Throws ACCESS_DENIED for a caller without an API key, and VALIDATION_ERROR
 * when the calls would be nested too deep.
 */
export function runRightsOf(context: OperationContext, maxCallDepth: number): RunRights {
  const caller = queueingCaller(callerOf(context))
  const depth = context.depth ?? 0
  if (depth + 1 >= maxCallDepth)
    throw new CallError('VALIDATION_ERROR', `Calls nest at most ${maxCallDepth} levels.`)
  const acting = actingKeysOf(context.metadata)
  return { caller, depth, metadata: acting.length > 0 ? { [ACTING_KEYS]: acting } : {} }
}
