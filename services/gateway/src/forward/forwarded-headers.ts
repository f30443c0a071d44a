import type { IncomingHttpHeaders, OutgoingHttpHeader } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** Headers that belong to one connection and not to the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What a client says of its own address is not passed on. */
const NOT_FROM_CLIENTS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])

/** The usual values of `connection`, which name no header. */
const NAMES_NOTHING: ReadonlySet<string | undefined> = new Set([undefined, 'keep-alive', 'close'])

/** The headers that a message names as those of its connection; undefined: none. */
function namedIn(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || NAMES_NOTHING.has(connection)) return undefined
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}

/** The names and values in turn, of the headers that go on to the other side. A header with several values is there several times. */
function endToEnd(headers: IncomingHttpHeaders, dropped: ReadonlySet<string>): string[] {
  const named = namedIn(headers.connection)
  const kept: string[] = []
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value === undefined || dropped.has(name) || named?.has(name) === true) continue
    if (typeof value === 'string') kept.push(name, value)
    else for (const one of value) kept.push(name, one)
  }
  return kept
}

/** The headers of a request for the service that handles it, names and values in turn. Proxy headers of a client are replaced by those of the gateway. */
export function upstreamHeaders(request: FastifyRequest): string[] {
  const kept = endToEnd(request.headers, NOT_FROM_CLIENTS)
  kept.push('x-forwarded-for', request.ip)
  kept.push('x-forwarded-proto', request.protocol, 'x-forwarded-host', request.host)
  return kept
}

/** The headers of an answer for the client, names and values in turn, with those of `own` that the answer does not have. */
export function downstreamHeaders(
  headers: IncomingHttpHeaders,
  own: Readonly<Record<string, OutgoingHttpHeader | undefined>>,
): string[] {
  const kept = endToEnd(headers, HOP_BY_HOP)
  for (const name of Object.keys(own)) {
    // Of the connection, only the gateway itself decides.
    if (headers[name] === undefined || HOP_BY_HOP.has(name)) kept.push(name, String(own[name]))
  }
  return kept
}
