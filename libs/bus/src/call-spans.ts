import { HUB_ATTRIBUTES, TRACE_ATTRIBUTES } from '@alkdev/contracts'
import type { CallHeader, SpanKind, Tracer, TraceSpan } from '@alkdev/contracts'
import type { EndedCall } from './caller/call-ending.ts'
import type { Run } from './provider/run.ts'

/** The value of `rpc.system.name` for calls of operations. */
const SYSTEM = 'alkhub'

/** A span for a call (`client`) or one attempt of it (`server`). Undefined when its trace is not recorded. */
export function startCallSpan(
  tracer: Tracer,
  kind: SpanKind,
  { callId, operationId, traceparent }: Pick<CallHeader, 'callId' | 'operationId' | 'traceparent'>,
): TraceSpan | undefined {
  const span = tracer.start(operationId, kind, traceparent)
  span?.set(TRACE_ATTRIBUTES.RPC_SYSTEM, SYSTEM)
  span?.set(TRACE_ATTRIBUTES.RPC_METHOD, operationId)
  span?.set(HUB_ATTRIBUTES.CALL_ID, callId)
  return span
}

/** The call has ended for its caller. */
export function endCallSpan(span: TraceSpan, call: EndedCall): void {
  const { attempts, candidate, ending, items } = call
  span.set(HUB_ATTRIBUTES.ATTEMPTS, attempts)
  if (items !== undefined) span.set(HUB_ATTRIBUTES.ITEMS, items)
  if (candidate !== undefined) span.set(HUB_ATTRIBUTES.PROVIDER_INSTANCE, candidate.instanceId)
  if (candidate?.spokeId !== undefined) span.set(HUB_ATTRIBUTES.SPOKE_ID, candidate.spokeId)
  span.end(ending.error?.code)
}

/** The attempt has ended here. */
export function endRunSpan(span: TraceSpan, { call, outcome, receipt }: Run): void {
  span.set(HUB_ATTRIBUTES.ATTEMPT, call.attempt)
  if (receipt !== undefined) span.set(HUB_ATTRIBUTES.RECEIPT, receipt)
  span.end(outcome.error?.code)
}
