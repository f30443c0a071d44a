import type { ClientType } from './client-types.ts'

/** The member of a config that says where requests, and with them the secret, are sent. */
const ADDRESS_MEMBERS: Readonly<Record<ClientType, string | undefined>> = {
  'llm-provider': 'baseUrl',
  openapi: 'baseUrl',
  'mcp-server': 'url',
  vcs: 'baseUrl',
  compute: 'baseUrl',
  custom: undefined,
}

/** All URLs of a config that the hub may connect to, by the member that holds them. */
export function clientUrls(config: Readonly<Record<string, unknown>>): Map<string, string> {
  const urls = new Map<string, string>()
  for (const member of ['baseUrl', 'url', 'documentUrl']) {
    const url = config[member]
    if (typeof url === 'string') urls.set(member, url)
  }
  const tokenUrl = tokenUrlOf(config)
  if (tokenUrl !== undefined) urls.set('oauth/tokenUrl', tokenUrl)
  return urls
}

/**
 * The only origin (`https://api.example.com`) that the secret of a client is sent to, with OAuth `<token endpoint> for <service>`; the empty text for one of a type whose
 * address the hub does not know, and for a config that has no valid URL.
 */
export function clientOrigin(type: string, config: Readonly<Record<string, unknown>>): string {
  const member = Object.hasOwn(ADDRESS_MEMBERS, type)
    ? ADDRESS_MEMBERS[type as ClientType]
    : undefined
  const url = member === undefined ? undefined : config[member]
  const origin = (typeof url === 'string' && URL.parse(url)?.origin) || ''
  // The secret is sent to the token endpoint, and what comes back for it to the service.
  const tokenUrl = type === 'custom' ? undefined : tokenUrlOf(config)
  return tokenUrl === undefined ? origin : `${URL.parse(tokenUrl)?.origin ?? ''} for ${origin}`
}

function tokenUrlOf({ oauth }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof oauth !== 'object' || oauth === null) return undefined
  const { tokenUrl } = oauth as { readonly tokenUrl?: unknown }
  return typeof tokenUrl === 'string' ? tokenUrl : undefined
}

/** Headers that say where a message goes, how it is framed or who sends it: they are the hub's to set. */
const RESERVED_HEADER =
  /^(?:accept-encoding|authorization|connection|content-(?:encoding|length|type)|cookie|expect|forwarded|host|keep-alive|te|trailer|transfer-encoding|upgrade|via|proxy-.*|x-forwarded-.*|x-http-method.*|x-original-.*|x-rewrite-.*)$/i

/** Headers in which clients show the key of the hub: they are not passed on. */
const KEY_HEADER = /^(?:.*api-?key.*|.*-?token|x-alkhub-.*)$/i

/** Those of the headers of a config that could steer a request, and its secret, elsewhere. */
export function reservedHeaders(config: Readonly<Record<string, unknown>>): string[] {
  const { headers, forwardHeaders } = config
  const own = typeof headers === 'object' && headers !== null ? Object.keys(headers) : []
  const forwarded = Array.isArray(forwardHeaders) ? forwardHeaders.map(String) : []
  return [
    ...own.filter((name) => RESERVED_HEADER.test(name)),
    ...forwarded.filter((name) => RESERVED_HEADER.test(name) || KEY_HEADER.test(name)),
  ]
}
