import type { OperationSpec } from '@alkdev/operations'
import type { ProvidedCall } from '../types.ts'
import type { RequestFrame } from '../wire/frames.ts'

/** A call before it has a signal of its own. */
export type ProvidedRequest = Omit<ProvidedCall, 'signal'>

/** What a request frame asks for. */
export function providedRequest(frame: RequestFrame, spec: OperationSpec): ProvidedRequest {
  return {
    callId: frame.call,
    attempt: frame.n,
    operationId: frame.op,
    spec,
    target: frame.target,
    input: frame.input,
    principal: frame.principal,
    actor: frame.actor,
    parentCallId: frame.parent,
    timeoutMs: frame.timeoutMs,
    idleTimeoutMs: frame.idleTimeoutMs,
    idempotencyKey: frame.idempotencyKey,
    traceparent: frame.traceparent,
    metadata: frame.metadata,
  }
}
