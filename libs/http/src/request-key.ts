import type { IncomingHttpHeaders } from 'node:http'
import { CodedError } from '@alkdev/errors'

export interface RequestKeyOptions {
  /** Prefix of a subprotocol that carries the key, for browsers' WebSockets (`bearer.`). Default: subprotocols carry none. */
  readonly subprotocolPrefix?: string
}

const refuse = (message: string): CodedError => new CodedError('UNAUTHENTICATED', message)

function bearerOf(header: string): string | undefined {
  const match = /^bearer +(\S+) *$/i.exec(header)
  return match?.[1]
}

function fromSubprotocol(
  headers: IncomingHttpHeaders,
  prefix: string | undefined,
): string | undefined {
  const offered = headers['sec-websocket-protocol']
  if (prefix === undefined || offered === undefined) return undefined
  const found = offered.split(',').find((one) => one.trim().startsWith(prefix))
  return found?.trim().slice(prefix.length)
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
  const { authorization } = headers
  // Proxies that blank the header leave it empty.
  const isShown = authorization !== undefined && authorization.trim() !== ''
  const bearer = isShown ? bearerOf(authorization) : undefined
  if (isShown && bearer === undefined) {
    throw refuse('The Authorization header must be `Bearer <key>`.')
  }
  const apiKey = headers['x-api-key']
  // Node joins repeated headers of this name with a comma; a key has none.
  const shown = [
    bearer,
    typeof apiKey === 'string' ? apiKey.trim() : undefined,
    fromSubprotocol(headers, options.subprotocolPrefix),
  ].filter((key) => key !== undefined && key !== '')
  const [key] = shown
  if (key === undefined) {
    throw refuse('No key was shown. Send `Authorization: Bearer <key>` or `x-api-key: <key>`.')
  }
  if (shown.some((other) => other !== key)) throw refuse('Two different keys were shown.')
  return key
}
