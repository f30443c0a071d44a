import type { IncomingHttpHeaders } from 'node:http'
import type { HttpApp } from '@alkdev/http'
import type { FastifyRequest } from 'fastify'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const NATIVE = '/native'

export interface ProtectedResource {
  /** The address of `/mcp` for clients. */
  readonly resource: string
  readonly issuers: readonly { readonly issuer: string; readonly scopes: readonly string[] }[]
}

/** What tokens may name as their audience: the address of `/mcp`, and that of `/mcp/native`. */
export function resourcesOf({ resource }: Pick<ProtectedResource, 'resource'>): string[] {
  return [resource, `${resource}${NATIVE}`]
}

/** Serves the metadata (RFC 9728) by which clients find the authorization servers. It needs no key. */
export function addResourceMetadata(app: HttpApp, given: ProtectedResource): void {
  const scopes = scopesOf(given)
  const metadataOf = (resource: string) => ({
    resource,
    resource_name: 'alkdev hub',
    authorization_servers: given.issuers.map(({ issuer }) => issuer),
    bearer_methods_supported: ['header'],
    ...(scopes.length > 0 && { scopes_supported: scopes }),
  })
  const [tools = '', native = ''] = resourcesOf(given)
  const answer = ({ url }: FastifyRequest): ReturnType<typeof metadataOf> =>
    metadataOf(new URL(url, 'http://hub').pathname.endsWith(NATIVE) ? native : tools)
  app.get(WELL_KNOWN, answer)
  app.get(`${WELL_KNOWN}/*`, answer)
}

/** Tells clients that are refused where to get a token, and why theirs is not enough (RFC 6750, RFC 9728). */
export function addChallenge(
  app: HttpApp,
  given: ProtectedResource,
  lacksScope: (headers: IncomingHttpHeaders) => boolean,
): void {
  const scope = scopesOf(given).join(' ')
  app.addHook('onSend', (request, reply, _payload, next) => {
    const reason = reasonOf(request.headers, reply.statusCode, lacksScope)
    if (reason !== undefined) {
      const isNative = request.url.split('?', 1)[0]?.endsWith(NATIVE) === true
      const resource = resourcesOf(given)[isNative ? 1 : 0] ?? given.resource
      const parts = [
        ...(reason === '' ? [] : [`error="${reason}"`]),
        ...(scope === '' ? [] : [`scope="${scope}"`]),
        `resource_metadata="${metadataUrl(resource)}"`,
      ]
      reply.header('www-authenticate', `Bearer ${parts.join(', ')}`)
    }
    next()
  })
}

/** Undefined for an answer without a challenge; empty where there is nothing to say. */
function reasonOf(
  headers: IncomingHttpHeaders,
  status: number,
  lacksScope: (headers: IncomingHttpHeaders) => boolean,
): string | undefined {
  if (status === 401) return headers.authorization === undefined ? '' : 'invalid_token'
  return status === 403 && lacksScope(headers) ? 'insufficient_scope' : undefined
}

function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}`
}

function scopesOf({ issuers }: ProtectedResource): string[] {
  return [...new Set(issuers.flatMap(({ scopes }) => scopes))]
}
