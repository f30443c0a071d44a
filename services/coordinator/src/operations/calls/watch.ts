import { serviceSpec } from '@alkdev/contracts'
import type { CallsWatchInput, CallsWatchOutput } from '@alkdev/contracts'
import { ALL_CALLS, callerOf, callSummary } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listCalls } from '@alkdev/storage'
import { callFilters } from '../../calls/call-filters.ts'
import { whoseCalls } from '../../calls/whose-calls.ts'
import type { CoordinatorContext } from '../../context.ts'

/** Every call of a group is looked at, however long ago it was dispatched. */
const EVER = new Date(0)

/** `calls.watch`: what `calls.list` would show, as the records are written. The rights are checked again for each group. */
export function callsWatch(coordinator: CoordinatorContext): IOperationDefinition {
  const { runtime, endedCalls } = coordinator
  const { db, draining } = runtime
  return {
    ...serviceSpec('calls.watch'),
    async *handler(
      input: CallsWatchInput,
      context: OperationContext,
    ): AsyncGenerator<CallsWatchOutput, void> {
      const caller = callerOf(context)
      const signal = context.signal ? AbortSignal.any([context.signal, draining]) : draining
      await whoseCalls(db, caller, input)
      const { accountId = caller.id, orgId, all = false } = input
      // The members of an organization change.
      const topic = all || orgId !== undefined ? ALL_CALLS : accountId.toLowerCase()
      try {
        for await (const { ids, ...group } of endedCalls.read(signal, topic)) {
          if (ids.length === 0) {
            yield { calls: [], ...group }
            continue
          }
          const whose = await whoseCalls(db, caller, input)
          const request = { ...callFilters(input), ...whose, callIds: ids, since: EVER, limit: 200 }
          const { items } = await listCalls(db, request)
          const ended = items.toSorted((a, b) => a.endedAt.getTime() - b.endedAt.getTime())
          const isNews = ended.length > 0 || group.skipped > 0 || group.interrupted
          if (isNews) yield { calls: ended.map((call) => callSummary(call)), ...group }
        }
      } catch (error) {
        if (!draining.aborted || context.signal?.aborted === true) throw error
        throw new CallError('PROVIDER_LOST', 'The hub is draining; watch again.', {
          outcome: 'unknown',
          reason: 'draining',
        })
      }
    },
  }
}
