import { CodedError } from '@alkdev/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { anthropicError, isAnthropicPath } from './anthropic-error.ts'
import { codedErrorOf } from './fastify-error.ts'
import { logServerError } from './log-server-error.ts'
import { retryAfterSeconds, statusOf } from './problem.ts'

/** True for addresses whose errors OpenAI's clients read. */
export function isOpenaiPath(url: string): boolean {
  return /^\/v1(?:[/?#]|$)/.test(url)
}

/** OpenAI's `type` for a status. */
function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

/** An error as OpenAI's clients read it: `{error: {message, type, code, param}}`. */
export function openaiError(thrown: unknown): object {
  const error = CodedError.from(thrown)
  const { code, message, details } = error
  const param = (details as { param?: string } | undefined)?.param ?? null
  return { error: { message, type: typeOf(statusOf(error)), code: code.toLowerCase(), param } }
}

/** Sends an error below `/v1` in the shape that the clients of the address read: Anthropic's or OpenAI's. */
export function sendModelError(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): void {
  const error = codedErrorOf(thrown)
  const status = statusOf(error)
  if (status === 500) logServerError(request, error)
  const seconds = retryAfterSeconds(error)
  if (seconds !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', seconds)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  const body = isAnthropicPath(request.url, request.headers)
    ? anthropicError(error, request.id)
    : openaiError(error)
  reply.code(status).type('application/json').serializer(JSON.stringify).send(body)
}
