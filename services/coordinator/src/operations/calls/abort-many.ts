import { serviceSpec } from '@alkdev/contracts'
import type { CallsAbortManyInput, CallsAbortManyOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { abortQueuedCalls } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'

type Receipt = CallsAbortManyOutput['calls'][number]['receipt']

/** `calls.abortMany`: those that wait end in one transaction; the attempts of those that run are aborted at the same time. */
export function callsAbortMany({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('calls.abortMany'),
    async handler(
      { callIds, reason = 'Aborted on request.' }: CallsAbortManyInput,
      context: OperationContext,
    ): Promise<CallsAbortManyOutput> {
      const aborts = await abortQueuedCalls(db, callerOf(context).id, callIds, reason)
      const receipts = new Map<string, Receipt>()
      await Promise.all(
        aborts.map(async (abort) => {
          const { callId, outcome } = abort
          if (outcome === 'too-late') receipts.set(callId, outcome)
          else if (outcome === 'aborted') receipts.set(callId, 'honoured')
          else {
            const { receipt } = await bus.abort(abort.attemptCallId, reason)
            receipts.set(callId, receipt ?? 'ignored')
          }
        }),
      )
      return {
        calls: callIds.map((callId) => ({
          callId,
          receipt: receipts.get(callId.toLowerCase()) ?? 'not-found',
        })),
      }
    },
  }
}
