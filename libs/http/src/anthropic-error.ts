import { CodedError } from '@alkdev/errors'
import type { IncomingHttpHeaders } from 'node:http'
import { statusOf } from './problem.ts'

/** True for addresses whose errors Anthropic's clients read: `/v1/messages`, and the models of a client that names its version of the API. */
export function isAnthropicPath(url: string, headers: IncomingHttpHeaders): boolean {
  if (/^\/v1\/messages(?:[/?#]|$)/.test(url)) return true
  return headers['anthropic-version'] !== undefined && /^\/v1\/models(?:[/?#]|$)/.test(url)
}

/** Anthropic's `type` for a status. */
export function anthropicErrorType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 402) return 'billing_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 413) return 'request_too_large'
  if (status === 429) return 'rate_limit_error'
  if (status === 504) return 'timeout_error'
  if (status === 503 || status === 529) return 'overloaded_error'
  return status < 500 ? 'invalid_request_error' : 'api_error'
}

/**
 * An error as Anthropic's clients read it: `{type: "error", error: {type, message}, request_id}`. `code` is the code of the hub; `param` is, as in the errors for
 * OpenAI's clients, what of the request it is about, or the budget that has no room.
 */
export function anthropicError(thrown: unknown, requestId?: string): object {
  const error = CodedError.from(thrown)
  const { code, message, details } = error
  const param = (details as { param?: string } | undefined)?.param
  return {
    type: 'error',
    error: {
      type: anthropicErrorType(statusOf(error)),
      message,
      code: code.toLowerCase(),
      ...(param !== undefined && { param }),
    },
    ...(requestId !== undefined && { request_id: requestId }),
  }
}
