import type { Call, CallFailure, CallSummary } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { storedPayload } from '@alkdev/storage'
import type { QueuedCall } from '@alkdev/storage/queue'

/**
 * A queued call as callers see it: its state and, once it has ended, its result. Its own account sees the input and the result as they are, other
 * accounts as the call log would hold them: cut, and without secrets.
 */
export function queuedCallView(call: QueuedCall, reader: Pick<Identity, 'id'>): Call {
  const isOwn = call.accountId === reader.id
  const shown = (payload: unknown): unknown => (isOwn ? payload : logged(payload))
  return {
    ...stateOf(call),
    input: shown(JSON.parse(call.input)),
    ...(call.envelope !== undefined && { output: shown(call.envelope) }),
    ...(call.error !== undefined && { error: isOwn ? call.error : loggedError(call.error) }),
  }
}

/** A queued call in a tree: without its input and its result. */
export function queuedCallSummary(call: QueuedCall): CallSummary {
  const { queued: _queued, ...state } = stateOf(call)
  return { ...state, ...compact({ code: call.error?.code }) }
}

function loggedError({ code, message, details }: CallFailure): CallFailure {
  return {
    code,
    message: String(logged(message)),
    ...(details !== undefined && { details: logged(details) }),
  }
}

function logged(payload: unknown): unknown {
  const text = storedPayload(payload)
  return text === undefined ? undefined : JSON.parse(text)
}

function stateOf(call: QueuedCall): Call {
  const { accountId, startedAt, endedAt, expiresAt, repeatedAs, parentRequestId } = call
  return {
    callId: call.id,
    operationId: call.operationName,
    status: call.status,
    attempts: call.attempts,
    ...(parentRequestId !== null && { parentCallId: parentRequestId }),
    ...(accountId !== null && { accountId }),
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
