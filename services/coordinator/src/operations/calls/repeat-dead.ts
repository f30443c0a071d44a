import { serviceSpec } from '@alkdev/contracts'
import type { CallsRepeatDeadInput, CallsRepeatDeadOutput } from '@alkdev/contracts'
import { callerOf, callNotFound, queuedFilters } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact, must } from '@alkdev/std'
import {
  countQueuedCalls,
  getQueuedCall,
  getQueuedCalls,
  listQueuedCalls,
  runOfQueuedCall,
} from '@alkdev/storage/queue'
import type { QueuedCall } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'
import type { Repeated } from '../../queue/queue.ts'

const DEFAULT_LIMIT = 100

/** `calls.repeatDead`: each is checked and queued with the rights of this call, as if it were queued for the first time. */
export function callsRepeatDead(coordinator: CoordinatorContext): IOperationDefinition {
  const { db } = coordinator.runtime
  return {
    ...serviceSpec('calls.repeatDead'),
    async handler(
      input: CallsRepeatDeadInput,
      context: OperationContext,
    ): Promise<CallsRepeatDeadOutput> {
      const { callId, dryRun = false, limit = DEFAULT_LIMIT, cursor } = input
      const accountId = callerOf(context).id
      const filters = { ...queuedFilters('calls.repeatDead', input), accountId, dead: true }
      const output: CallsRepeatDeadOutput = { repeated: [], refused: [], left: 0 }
      if (callId !== undefined) {
        const call = await getQueuedCall(db, callId)
        if (call === undefined || call.accountId !== accountId) throw callNotFound(callId)
        if (!dryRun) {
          const [repeated] = await repeat(coordinator, context, [call])
          if (repeated?.error !== undefined) throw repeated.error
          output.repeated.push({ callId, repeatedAs: must(repeated).repeatedAs })
        }
      } else if (!dryRun) {
        const page = await listQueuedCalls(db, { ...filters, limit, ...compact({ cursor }) })
        const { items, nextCursor } = page
        Object.assign(output, compact({ nextCursor }))
        const calls = new Map(
          (
            await getQueuedCalls(
              db,
              items.map(({ id }) => id),
            )
          ).map((call) => [call.id, call]),
        )
        const found = items.flatMap(({ id }) => calls.get(id) ?? [])
        for (const { id, repeatedAs, error } of await repeat(coordinator, context, found)) {
          if (error === undefined) output.repeated.push({ callId: id, repeatedAs })
          else output.refused.push({ callId: id, code: error.code, message: error.message })
        }
      }
      return { ...output, left: await countQueuedCalls(db, filters) }
    },
  }
}

/** Steps of runs are repeated by their runs. */
function repeat(
  { queue }: CoordinatorContext,
  context: OperationContext,
  calls: readonly QueuedCall[],
): Promise<readonly Repeated[]> {
  return queue.repeat(callerOf(context), context, calls, (call) => {
    const runId = runOfQueuedCall(call)
    if (runId === undefined) return
    throw new CallError(
      'CONFLICT',
      'The call is a step of a run: retry the run with `workflows.retry`.',
      { callId: call.id, runId },
    )
  })
}
