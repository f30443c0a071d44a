import type { IncomingHttpHeaders } from 'node:http'
import { CodedError } from '@alkdev/errors'
import { readKeyFromHeaders } from 'keypal'

export interface RequestKeyOptions {
  /** Prefix of a subprotocol that carries the key, for browsers' WebSockets (`bearer.`). Default: subprotocols carry none. */
  readonly subprotocolPrefix?: string
}

const KEY_HEADERS = ['authorization', 'x-api-key', 'sec-websocket-protocol']

const refuse = (message: string): CodedError => new CodedError('UNAUTHENTICATED', message)

function fromSubprotocol(
  headers: IncomingHttpHeaders,
  prefix: string | undefined,
): string | undefined {
  const offered = headers['sec-websocket-protocol']
  if (prefix === undefined || offered === undefined) return undefined
  const found = offered.split(',').find((one) => one.trim().startsWith(prefix))
  return found?.trim().slice(prefix.length)
}

const BEARER = /^Bearer (\S+)$/

/** The key of most requests: `Authorization: Bearer <key>` and no other header that could have one. Undefined for every other request. */
function onlyAuthorization(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers
  if (authorization === undefined || headers['x-api-key'] !== undefined) return undefined
  if (headers['sec-websocket-protocol'] !== undefined) return undefined
  return BEARER.exec(authorization)?.[1]
}

/**
 * The key that a request shows: `Authorization: Bearer <key>`, `x-api-key: <key>`, or both with the same key.
 * Throws UNAUTHENTICATED when there is none, when two differ (which one is meant is not ours to guess), or when `Authorization`
 * has another scheme.
 */
export function keyFromHeaders(
  headers: IncomingHttpHeaders,
  options: RequestKeyOptions = {},
): string {
  const plain = onlyAuthorization(headers)
  if (plain !== undefined) return plain
  const authorization = headers.authorization?.trim() ?? ''
  // Proxies that blank the header leave it empty.
  if (authorization !== '' && !/^bearer +\S+$/i.test(authorization)) {
    throw refuse('The Authorization header must be `Bearer <key>`.')
  }
  const shown = readKeyFromHeaders(
    {
      authorization,
      // Node joins repeated headers of this name with a comma. A key contains no comma, so that no key matches.
      'x-api-key': headers['x-api-key'],
      'sec-websocket-protocol': fromSubprotocol(headers, options.subprotocolPrefix),
    },
    { headerNames: KEY_HEADERS },
  )
  if (shown.error === 'MISSING_KEY') {
    throw refuse('No key was shown. Send `Authorization: Bearer <key>` or `x-api-key: <key>`.')
  }
  if (shown.error !== undefined) throw refuse('Two different keys were shown.')
  return shown.key
}
