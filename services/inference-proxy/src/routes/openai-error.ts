import { CodedError } from '@alkdev/errors'
import { codedErrorOf, retryAfterSeconds, statusOf } from '@alkdev/http'
import { OutboundRefusedError } from '@alkdev/outbound'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** OpenAI's `type` for a status. */
function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

/** An error as OpenAI's clients read it: `{error: {message, type, code, param}}`. */
export function openaiError(error: CodedError): object {
  const { code, message, details } = error
  const param = (details as { param?: string } | undefined)?.param ?? null
  return { error: { message, type: typeOf(statusOf(error)), code: code.toLowerCase(), param } }
}

export function sendOpenaiError(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): void {
  const error = codedErrorOf(thrown)
  const status = statusOf(error)
  if (status === 500) request.log.error({ requestId: request.id, err: error }, 'request failed')
  const seconds = retryAfterSeconds(error)
  if (seconds !== undefined) reply.header('retry-after', seconds)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  reply.code(status).type('application/json').send(openaiError(error))
}

/** What went wrong on the way to a provider, as the caller may know it. */
export function upstreamError(cause: unknown, provider: string): CodedError {
  if (OutboundRefusedError.in(cause))
    return new OutboundRefusedError(`The address of the provider ${provider}`)
  const { name, code } = cause as { name?: string; code?: string }
  if (name === 'TimeoutError' || /TIMEOUT/.test(code ?? ''))
    return new CodedError('TIMEOUT', `The provider ${provider} did not answer in time.`, { cause })
  return new CodedError('PROVIDER_UNAVAILABLE', `The provider ${provider} can not be reached.`, {
    cause,
    retryAfterMs: 1000,
  })
}
