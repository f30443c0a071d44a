import { SERVICE_NAMES, serviceSpec } from '@alkdev/contracts'
import type { CallsActivityInput, CallsActivityOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { readRecentCalls } from '@alkdev/storage'
import { readQueueActivity } from '@alkdev/storage/queue'
import { callStatsItem } from '../../calls/call-stats-item.ts'
import { whoseCalls } from '../../calls/whose-calls.ts'
import type { CoordinatorContext } from '../../context.ts'

/** `calls.activity` */
export function callsActivity({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('calls.activity'),
    async handler(
      input: CallsActivityInput,
      context: OperationContext,
    ): Promise<CallsActivityOutput> {
      const { operationId, spokeId, windowSeconds = 60 } = input
      const whose = await whoseCalls(db, callerOf(context), input)
      const filter = {
        ...whose,
        ...compact({ operationName: operationId, spokeId }),
      }
      const recent = await readRecentCalls(db, filter, windowSeconds * 1000)
      return {
        windowMs: Math.round(recent.windowMs),
        sampled: recent.sampled,
        total: callStatsItem(recent.total),
        operations: recent.operations.map((group) => callStatsItem(group)),
        spokes: recent.spokes.map((group) => callStatsItem(group)),
        queue: await readQueueActivity(db, whose),
        ...(input.all === true && { running: runningIn(bus) }),
      }
    },
  }
}

/** The calls that run in all processes, without the one that asks. */
function runningIn(bus: CoordinatorContext['runtime']['bus']): number {
  const loads = SERVICE_NAMES.flatMap((service) => bus.instances(service)).map(({ load }) => load)
  return Math.max(0, loads.reduce((sum, load) => sum + load, 0) - 1)
}
