import type { QueuedCallItem } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { runOfQueuedCall } from '@alkdev/storage/queue'
import type { QueuedCallSummary } from '@alkdev/storage/queue'

/** A queued call in a list. */
export function queuedCallItem(call: QueuedCallSummary): QueuedCallItem {
  const { expiresAt, startedAt, endedAt, repeatedAs, error } = call
  return {
    callId: call.id,
    operationId: call.operationName,
    status: call.status,
    attempts: call.attempts,
    maxAttempts: call.maxAttempts,
    priority: call.priority,
    acceptedAt: call.createdAt.toISOString(),
    dueAt: call.notBefore.toISOString(),
    ...(expiresAt !== null && { expiresAt: expiresAt.toISOString() }),
    ...(startedAt !== null && { startedAt: startedAt.toISOString() }),
    ...(endedAt !== null && { completedAt: endedAt.toISOString() }),
    ...(repeatedAs !== null && { repeatedAs }),
    ...compact({ runId: runOfQueuedCall(call), error }),
  }
}
