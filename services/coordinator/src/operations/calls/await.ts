import { serviceSpec } from '@alkdev/contracts'
import type { Call, CallsAwaitInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { readQueuedCall } from '../../calls/read-queued-call.ts'
import type { CoordinatorContext } from '../../context.ts'

const DEFAULT_WAIT_MS = 20_000
const MAX_WAIT_MS = 600_000
/** Milliseconds left of the call in which the answer is read and sent. */
const ANSWER_MS = 500

/**
 * `calls.await`: answers when the call has ended, at the latest shortly before the time of this call itself is over. For callers that are no turns; those wait without
 * their worker (`park-call.ts`).
 */
export function callsAwait({ runtime, queue }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('calls.await'),
    async handler(
      { callId, timeoutMs = DEFAULT_WAIT_MS }: CallsAwaitInput,
      context: OperationContext,
    ): Promise<Call> {
      const { deadline = Infinity, signal } = context
      const caller = callerOf(context)
      const { call, isEnded } = await readQueuedCall(runtime, caller, callId)
      const waitMs = Math.min(timeoutMs, MAX_WAIT_MS, deadline - Date.now() - ANSWER_MS)
      if (isEnded || waitMs <= 0) return call
      await queue.ended.wait(callId.toLowerCase(), waitMs, signal)
      return (await readQueuedCall(runtime, caller, callId)).call
    },
  }
}
