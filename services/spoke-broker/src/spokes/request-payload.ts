import type { ProvidedCall } from '@alkdev/bus'
import { coversScope } from '@alkdev/operations'

/** The payload of `call.requested` to a spoke. `name` is the operation's at the spoke, `leftMs` the time that the call has left. */
export function requestPayload(
  call: ProvidedCall,
  requestId: string,
  name: string,
  leftMs: number | undefined,
  traceparent = call.header.traceparent,
): object {
  const { input, idempotencyKey, metadata, principal } = call.header
  // JSON omits undefined members.
  return {
    requestId,
    operationId: name,
    input,
    timeoutMs: leftMs === undefined ? undefined : Math.round(leftMs),
    idleTimeout: call.idleTimeoutMs,
    idempotencyKey,
    traceparent,
    metadata,
    // The session, so that a spoke can end what belongs to it.
    identity: { id: principal.id, scopes: shownScopes(call), sessionId: principal.sessionId },
    timestamp: Date.now(),
  }
}

/** The scopes that the operation requires and the caller has. */
function shownScopes({ spec, header }: ProvidedCall): readonly string[] {
  const { requiredScopes, requiredScopesAny } = spec.accessControl
  if (requiredScopesAny === undefined) return requiredScopes
  const held = requiredScopesAny.filter((scope) => coversScope(header.principal.scopes, scope))
  return [...requiredScopes, ...held]
}
