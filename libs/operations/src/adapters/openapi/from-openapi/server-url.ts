import { isPlainObject } from '../../../schema/schema-limits.ts'
import { asList, asText, documentError } from './document.ts'
import type { HTTPServiceConfig, Node } from './types.ts'

/** Where the requests of an operation go, before its own path and query. */
export interface ServerAddress {
  /** Scheme, host and port. Requests, and the credentials in them, go to no other origin. */
  readonly origin: string
  /** Begins with a slash, or is empty. It does not end in one. */
  readonly path: string
  /** Without the question mark; empty when there is none. It is sent with each request. */
  readonly query: string
}

/**
 * The address of an operation's service: `config.baseUrl`, else the first usable server of the nearest level that names one (operation, path, document), its
 * variables at their defaults, relative ones relative to the document's address. Throws CallError VALIDATION_ERROR when there is none.
 */
export function serverAddress(
  config: HTTPServiceConfig,
  levels: readonly Node[],
  documentUrl: string | undefined,
  at: string,
): ServerAddress {
  if (config.baseUrl !== undefined) return addressOf(config.baseUrl, undefined, at)
  const servers = levels
    .map((level) => asList(level['servers']).filter(isPlainObject))
    .find((list) => list.length > 0)
  if (servers === undefined) {
    if (documentUrl === undefined) throw documentError(at, 'names no server: give `baseUrl`')
    return addressOf('/', documentUrl, at)
  }
  let first: unknown
  for (const server of servers) {
    try {
      return addressOf(withDefaults(server, at), documentUrl, at)
    } catch (error) {
      first ??= error
    }
  }
  throw first
}

function addressOf(written: string, documentUrl: string | undefined, at: string): ServerAddress {
  if (!URL.canParse(written, documentUrl))
    throw documentError(
      at,
      `${JSON.stringify(written.slice(0, 200))} is not the address of a server: give \`baseUrl\``,
    )
  const url = new URL(written, documentUrl)
  if (!['http:', 'https:'].includes(url.protocol))
    throw documentError(at, 'has a server that is not http or https')
  if (url.username !== '' || url.password !== '')
    throw documentError(
      at,
      'has a server whose address contains a user or a password: give them as `auth` of type basic',
    )
  return {
    origin: url.origin,
    path: url.pathname.replace(/\/+$/, ''),
    query: url.search.replace(/^\?/, ''),
  }
}

/** Throws CallError VALIDATION_ERROR for a variable that has no default. */
function withDefaults(server: Node, at: string): string {
  const variables = isPlainObject(server['variables']) ? server['variables'] : {}
  return (asText(server['url']) ?? '/').replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
    const initial = isPlainObject(variable) ? variable['default'] : undefined
    if (typeof initial === 'string' || typeof initial === 'number') return String(initial)
    throw documentError(
      at,
      `has a server whose variable ${JSON.stringify(name.slice(0, 100))} has no default: give \`baseUrl\``,
    )
  })
}
