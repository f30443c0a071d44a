import type { OperationSpec } from '@alkdev/operations'
import type { ProvidedCall } from '../types.ts'
import type { RequestFrame } from '../wire/frames.ts'

/** A call before it has a signal of its own. */
export type ProvidedRequest = Omit<ProvidedCall, 'signal'>

/** What a request frame asks for. */
export function providedRequest(frame: RequestFrame, spec: OperationSpec): ProvidedRequest {
  const { parent, timeoutMs, idleTimeoutMs, idempotencyKey, traceparent, metadata } = frame
  return {
    callId: frame.call,
    attempt: frame.n,
    operationId: frame.op,
    spec,
    target: frame.target,
    input: frame.input,
    principal: frame.principal,
    actor: frame.actor,
    ...(parent === undefined ? {} : { parentCallId: parent }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}
