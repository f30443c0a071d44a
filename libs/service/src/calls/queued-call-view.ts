import type { Call } from '@alkdev/contracts'
import type { QueuedCall } from '@alkdev/storage'

/** A queued call as callers see it: its state and, once it has ended, its result. */
export function queuedCallView(call: QueuedCall): Call {
  const { accountId, startedAt, endedAt, expiresAt, repeatedAs, parentRequestId } = call
  return {
    callId: call.id,
    operationId: call.operationName,
    status: call.status,
    attempts: call.attempts,
    input: JSON.parse(call.input) as unknown,
    ...(parentRequestId !== null && { parentCallId: parentRequestId }),
    ...(accountId !== null && { accountId }),
    ...(call.envelope !== undefined && { output: call.envelope }),
    ...(call.error !== undefined && { error: call.error }),
    ...(startedAt !== null && { startedAt: startedAt.toISOString() }),
    ...(endedAt !== null && { completedAt: endedAt.toISOString() }),
    ...(startedAt !== null &&
      endedAt !== null && { durationMs: Math.max(0, endedAt.getTime() - startedAt.getTime()) }),
    queued: {
      dueAt: call.notBefore.toISOString(),
      priority: call.priority,
      maxAttempts: call.maxAttempts,
      ...(expiresAt !== null && { expiresAt: expiresAt.toISOString() }),
      ...(repeatedAs !== null && { repeatedAs }),
    },
  }
}
