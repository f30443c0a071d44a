import type { ProvidedCall } from '@alkdev/bus'
import { coversScope } from '@alkdev/operations'

/** The payload of `call.requested` to a spoke. `name` is the operation's at the spoke, `leftMs` the time that the call has left. */
export function requestPayload(
  call: ProvidedCall,
  requestId: string,
  name: string,
  leftMs: number | undefined,
): object {
  const { input, idempotencyKey, traceparent, metadata, principal } = call.header
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
    identity: { id: principal.id, scopes: shownScopes(call) },
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
