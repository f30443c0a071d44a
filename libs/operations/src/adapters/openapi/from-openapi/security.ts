import { isPlainObject } from '../../../schema/schema-limits.ts'
import { asList, resolveNode } from './document.ts'
import type { HTTPServiceConfig, Node, OpenAPISpec, Secret, SchemeCredentials } from './types.ts'

/** The credentials that are added to a request. */
export interface Authorization {
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly cookies: readonly (readonly [name: string, value: string])[]
  /** Texts that must not reach a caller. */
  readonly secrets: readonly string[]
}

type Writer = (add: Added) => Promise<void>

interface Added {
  readonly headers: [string, string][]
  readonly query: [string, string][]
  readonly cookies: [string, string][]
  readonly secrets: string[]
}

/**
 * How the requests of one operation are authenticated: by `config.auth` always, and by the first of the document's alternatives for which
 * `config.credentials` has everything (an empty alternative asks for nothing).
 */
export function planAuthorization(
  spec: OpenAPISpec,
  operation: Node,
  config: HTTPServiceConfig,
): () => Promise<Authorization> {
  const writers = [...configured(config), ...documented(spec, operation, config)]
  const constant = Object.entries(config.headers ?? {})
    .filter(([name]) => /auth|key|token|secret|cookie|session|password/i.test(name))
    .map(([, value]) => value)
  return async () => {
    const added: Added = { headers: [], query: [], cookies: [], secrets: [...constant] }
    for (const write of writers) await write(added)
    return added
  }
}

async function reveal(secret: Secret | undefined): Promise<string> {
  if (secret === undefined) return ''
  return typeof secret === 'string' ? secret : secret()
}

function configured({ auth }: HTTPServiceConfig): Writer[] {
  if (auth === undefined) return []
  switch (auth.type) {
    case 'bearer':
      return [(added) => bearer(added, auth.token)]
    case 'basic':
      return [
        auth.username === undefined
          ? async (added) => {
              const token = await reveal(auth.token)
              added.headers.push(['authorization', `Basic ${token}`])
              added.secrets.push(token, ...passwordOf(token))
            }
          : (added) => basic(added, auth.username ?? '', auth.password),
      ]
    case 'apiKey':
      return [
        async (added) => {
          const token = await reveal(auth.token)
          added.headers.push([auth.headerName ?? 'X-API-Key', (auth.prefix ?? '') + token])
          added.secrets.push(token)
        },
      ]
    default:
      return auth.type satisfies never
  }
}

function passwordOf(token: string): string[] {
  const [, password] = /^[^:]*:([\s\S]+)$/.exec(Buffer.from(token, 'base64').toString()) ?? []
  return password === undefined ? [] : [password]
}

async function bearer(added: Added, secret: Secret | undefined): Promise<void> {
  const token = await reveal(secret)
  added.headers.push(['authorization', `Bearer ${token}`])
  added.secrets.push(token)
}

async function basic(added: Added, username: string, secret: Secret | undefined): Promise<void> {
  const password = await reveal(secret)
  const token = Buffer.from(`${username}:${password}`).toString('base64')
  added.headers.push(['authorization', `Basic ${token}`])
  added.secrets.push(token, password)
}

function documented(spec: OpenAPISpec, operation: Node, config: HTTPServiceConfig): Writer[] {
  const { credentials } = config
  if (credentials === undefined) return []
  const alternatives = asList(operation['security'] ?? spec.security).filter(isPlainObject)
  const schemes = isPlainObject(spec.components?.['securitySchemes'])
    ? spec.components['securitySchemes']
    : {}
  const chosen = alternatives.find((alternative) =>
    Object.keys(alternative).every(
      (name) => Object.hasOwn(credentials, name) && Object.hasOwn(schemes, name),
    ),
  )
  return Object.keys(chosen ?? {}).flatMap((name) => {
    const own = credentials[name]
    const scheme = resolveNode(spec, schemes[name], `/components/securitySchemes/${name}`)
    return own === undefined ? [] : [writer(scheme, own)]
  })
}

function writer(scheme: Node, own: SchemeCredentials): Writer {
  const token = 'token' in own ? own.token : undefined
  if (scheme['type'] === 'apiKey' && typeof scheme['name'] === 'string') {
    const name = scheme['name']
    const place =
      scheme['in'] === 'query' ? 'query' : scheme['in'] === 'cookie' ? 'cookies' : 'headers'
    return async (added) => {
      const value = await reveal(token)
      added[place].push([name, value])
      added.secrets.push(value)
    }
  }
  const named = typeof scheme['scheme'] === 'string' ? scheme['scheme'] : 'bearer'
  if (scheme['type'] === 'http' && named.toLowerCase() === 'basic')
    return 'username' in own
      ? (added) => basic(added, own.username, own.password)
      : async (added) => {
          const value = await reveal(token)
          added.headers.push(['authorization', `Basic ${value}`])
          added.secrets.push(value, ...passwordOf(value))
        }
  if (scheme['type'] === 'http' && named.toLowerCase() !== 'bearer')
    return async (added) => {
      const value = await reveal(token)
      added.headers.push(['authorization', `${named} ${value}`])
      added.secrets.push(value)
    }
  // oauth2 and openIdConnect: the token was obtained elsewhere.
  return (added) => bearer(added, token)
}

/** A text without the secrets in it. Short ones (under four characters) are left: they would cut common words. */
export function redact(text: string, secrets: readonly string[]): string {
  let out = text
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
    if (secret.length < 4) continue
    out = out.replaceAll(secret, '[redacted]')
    const encoded = encodeURIComponent(secret)
    if (encoded !== secret) out = out.replaceAll(encoded, '[redacted]')
  }
  return out
}
