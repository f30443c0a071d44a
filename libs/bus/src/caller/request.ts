import type { OperationSpec } from '@alkdev/operations'
import type { ProvidedRequest } from '../provider/provided-request.ts'
import type { RequestFrame } from '../wire/frames.ts'
import type { Attempt } from './attempt.ts'
import type { PendingCall } from './pending-call.ts'

/** The frame that gives an attempt to another instance, with the time that is left. What is undefined JSON leaves out. */
export function requestFrame(call: PendingCall, attempt: Attempt): RequestFrame {
  const { init, leftMs } = call
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
    resumed: attempt.resumed === true ? attempt.received : undefined,
    upTo: attempt.resumed === true ? attempt.upTo : undefined,
    parent: init.parentCallId,
    timeoutMs: leftMs === undefined ? undefined : Math.max(1, Math.round(leftMs)),
    idleTimeoutMs: init.idleTimeoutMs,
    idempotencyKey: init.idempotencyKey,
    traceparent: init.traceparent,
    metadata: init.metadata,
  }
}

/** The same for a provider of this process. */
export function localRequest(
  call: PendingCall,
  attempt: Attempt,
  spec: OperationSpec,
): ProvidedRequest {
  const { init } = call
  return {
    callId: init.callId,
    attempt: attempt.n,
    operationId: init.operationId,
    spec,
    target: attempt.candidate.target,
    input: init.input,
    principal: init.principal,
    actor: init.actor,
    parentCallId: init.parentCallId,
    timeoutMs: call.leftMs,
    idleTimeoutMs: init.idleTimeoutMs,
    idempotencyKey: init.idempotencyKey,
    traceparent: init.traceparent,
    metadata: init.metadata,
  }
}
