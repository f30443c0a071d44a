import { ANY_ADDRESS, createJsonReader } from '@alkdev/outbound'
import type { ServiceRuntime } from '@alkdev/service'
import type { McpEvents } from '../events.ts'
import { resourcesOf } from './resource-metadata.ts'
import type { ProtectedResource } from './resource-metadata.ts'
import { TokenAuthenticator } from './token-authenticator.ts'
import { TokenCheck } from './token-check.ts'

/** OAuth as the configuration has it; undefined without an issuer. */
export interface McpOauth {
  readonly authenticator: TokenAuthenticator
  readonly resource: ProtectedResource
}

export function createOauth(
  runtime: ServiceRuntime<'mcp'>,
  { tokenRefused, issuerKeysFailed }: Pick<McpEvents, 'tokenRefused' | 'issuerKeysFailed'>,
): McpOauth | undefined {
  const { authenticator: keys, config, db, url } = runtime
  const { issuers, resource: given } = config.mcpOauth
  if (issuers.length === 0) return undefined
  const base = (config.http.publicUrl ?? url).replace(/\/$/, '')
  const resource = { resource: given ?? `${base}/mcp`, issuers }
  // Only the configuration names issuers, so their addresses may be private ones.
  const reader = createJsonReader(ANY_ADDRESS)
  runtime.onClose('keys of issuers', () => reader.close())
  const check = new TokenCheck({
    issuers,
    resources: resourcesOf(resource),
    reader,
    onKeysFailed: issuerKeysFailed,
    onRefused: tokenRefused,
  })
  const authenticator = new TokenAuthenticator({ keys, check, db, onRefused: tokenRefused })
  runtime.onIdentityChange(() => authenticator.forget())
  return { authenticator, resource }
}
