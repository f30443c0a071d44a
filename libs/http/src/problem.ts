import { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'

/** The body of every error answer: `application/problem+json` (RFC 9457) with the hub's code. Never a stack, a path, SQL or a secret. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly requestId: string
  /** Of a repeated failure: the id of the call that failed. Else it is the requestId. */
  readonly callId?: string
  readonly details?: unknown
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json'

/** `OPERATION_NOT_FOUND` -> `Operation not found`. */
export function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The HTTP status of an error: that which the operation declared for its code, else the one of the table, else 500. */
export function statusOf(error: CodedError): number {
  const declared = (error as { readonly httpStatus?: unknown }).httpStatus
  const fits = typeof declared === 'number' && declared >= 400 && declared <= 599
  return fits ? declared : error.status
}

/** Whole seconds for `Retry-After` (at least 1), or undefined when repeating makes no sense. */
export function retryAfterSeconds(error: CodedError): number | undefined {
  if (error.retryAfterMs !== undefined) return Math.max(1, Math.ceil(error.retryAfterMs / 1000))
  return error.disposition === 'retryable' ? 1 : undefined
}

/** Any thrown value as a problem. A value without a code becomes UNKNOWN_ERROR, without its own message. */
export function problemOf(thrown: unknown, requestId: string): Problem {
  const error = CodedError.from(thrown)
  return {
    type: `urn:alkhub:error:${error.code}`,
    title: titleOf(error.code),
    status: statusOf(error),
    detail: error.message,
    code: error.code,
    requestId,
    ...compact({ callId: error.callId, details: error.details }),
  }
}
