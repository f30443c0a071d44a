import type { OperationSpec } from '@alkdev/operations'
import type { ProvidedRequest } from '../provider/provided-request.ts'
import type { RequestFrame } from '../wire/frames.ts'
import type { Attempt } from './attempt.ts'
import type { PendingCall } from './pending-call.ts'

/** The frame that gives an attempt to another instance, with the time that is left. */
export function requestFrame(call: PendingCall, attempt: Attempt): RequestFrame {
  const { init } = call
  const { parentCallId, idleTimeoutMs, idempotencyKey, traceparent, metadata } = init
  const left = call.leftMs
  return {
    k: 'request',
    call: init.callId,
    n: attempt.n,
    from: attempt.from,
    op: init.operationId,
    target: attempt.candidate.target,
    input: init.input,
    principal: init.principal,
    actor: init.actor,
    depth: init.depth,
    ...(attempt.resumed === true ? { resumed: attempt.received } : {}),
    ...(parentCallId === undefined ? {} : { parent: parentCallId }),
    ...(left === undefined ? {} : { timeoutMs: Math.max(1, Math.round(left)) }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** The same for a provider of this process. */
export function localRequest(
  call: PendingCall,
  attempt: Attempt,
  spec: OperationSpec,
): ProvidedRequest {
  const { init } = call
  const { parentCallId, idleTimeoutMs, idempotencyKey, traceparent, metadata } = init
  const left = call.leftMs
  return {
    callId: init.callId,
    attempt: attempt.n,
    operationId: init.operationId,
    spec,
    target: attempt.candidate.target,
    input: init.input,
    principal: init.principal,
    actor: init.actor,
    ...(parentCallId === undefined ? {} : { parentCallId }),
    ...(left === undefined ? {} : { timeoutMs: left }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}
