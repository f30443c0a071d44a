import { PROBLEM_CONTENT_TYPE } from '@alkdev/http'
import type { Problem } from '@alkdev/http'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The code that the SDK gives to a body over the limit. */
const REFUSED = -32_000
/** Refusals of the message itself. All others (no key, too many requests, a stop) are answers of HTTP, which clients act on by their status. */
const OF_MESSAGE: ReadonlySet<string> = new Set(['PAYLOAD_TOO_LARGE', 'VALIDATION_ERROR'])

/**
 * The answer to a message that was refused before the protocol read it, as an error of JSON-RPC. Its id is null, because the message was not read. Undefined
 * for any other answer.
 */
export function refusedMessage(
  { routeOptions }: Pick<FastifyRequest, 'routeOptions'>,
  reply: Pick<FastifyReply, 'getHeader' | 'statusCode'>,
  payload: unknown,
): string | undefined {
  if (reply.statusCode < 400) return undefined
  const type = String(reply.getHeader('content-type'))
  if (!type.startsWith(PROBLEM_CONTENT_TYPE) || typeof payload !== 'string') return undefined
  const { code, detail, requestId, details } = JSON.parse(payload) as Problem
  if (!OF_MESSAGE.has(code)) return undefined
  const maxBytes = code === 'PAYLOAD_TOO_LARGE' ? routeOptions.bodyLimit : undefined
  const message =
    maxBytes === undefined
      ? detail
      : `The message has more than the ${maxBytes} bytes that are allowed.`
  const data = { code, requestId, details, maxBytes }
  return JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: REFUSED, message, data } })
}
