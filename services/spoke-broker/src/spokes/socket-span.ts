import type { ProvidedCall } from '@alkdev/bus'
import { HUB_ATTRIBUTES, TRACE_ATTRIBUTES } from '@alkdev/contracts'
import type { Tracer, TraceSpan } from '@alkdev/contracts'

/** A span for the way over the socket of a spoke and back. `name` is the operation's at the spoke. Undefined when its trace is not recorded. */
export function startSocketSpan(
  tracer: Tracer,
  { header, target }: ProvidedCall,
  name: string,
): TraceSpan | undefined {
  const span = tracer.start(`call.requested ${name}`, 'client', header.traceparent)
  span?.set(TRACE_ATTRIBUTES.RPC_SYSTEM, 'alkhub.websocket')
  span?.set(TRACE_ATTRIBUTES.RPC_METHOD, name)
  if (target.kind === 'spoke') span?.set(HUB_ATTRIBUTES.SPOKE_ID, target.spokeId)
  return span
}
