import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { Call, CallsAwaitInput } from '@alkdev/contracts'
import { callerOf, callNotFound, fittingCall, mayForCallsOf, queuedCallView } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getQueuedCall } from '@alkdev/storage/queue'
import type { QueuedCall } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'

const DEFAULT_WAIT_MS = 20_000
/** Milliseconds left of the call in which the answer is read and sent. */
const ANSWER_MS = 500

/** `calls.await`: answers when the call has ended, at the latest shortly before the time of this call itself is over. */
export function callsAwait({ runtime, queue }: CoordinatorContext): IOperationDefinition {
  const { db, config } = runtime
  return {
    ...serviceSpec('calls.await'),
    async handler(
      { callId, timeoutMs = DEFAULT_WAIT_MS }: CallsAwaitInput,
      context: OperationContext,
    ): Promise<Call> {
      const { deadline = Infinity, signal } = context
      const caller = callerOf(context)
      const view = (call: QueuedCall): Call =>
        fittingCall(queuedCallView(call, caller), config.limits.maxPayloadBytes)
      const call = await getQueuedCall(db, callId)
      const may =
        call !== undefined && (await mayForCallsOf(db, caller, call.accountId, SCOPES.CALLS_READ))
      if (!may) throw callNotFound(callId)
      const waitMs = Math.min(timeoutMs, deadline - Date.now() - ANSWER_MS)
      if (call.endedAt !== null || waitMs <= 0) return view(call)
      await queue.ended.wait(call.id, waitMs, signal)
      const after = await getQueuedCall(db, callId)
      if (after === undefined) throw callNotFound(callId)
      return view(after)
    },
  }
}
