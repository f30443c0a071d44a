import { CodedError } from '@alkdev/errors'
import type { FastifyError } from 'fastify'

/** One failing path of an input: a JSON Pointer and what was expected there. */
export interface FailingPath {
  readonly path: string
  readonly message: string
}

function failingPaths(error: FastifyError): readonly FailingPath[] {
  return (error.validation ?? []).map(({ instancePath, message }) => ({
    path: instancePath === '' ? '/' : instancePath,
    message: message ?? 'does not fit',
  }))
}

/** What Fastify says, by its code, in our words: its own messages may quote the input. */
const BY_FASTIFY_CODE: Readonly<Record<string, readonly [code: string, message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The body is over the limit.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'VALIDATION_ERROR',
    'The body must be JSON, sent with `content-type: application/json`.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'VALIDATION_ERROR',
    'The body is not as long as its content-length says.',
  ],
  FST_ERR_BAD_URL: ['VALIDATION_ERROR', 'The address is not a valid URL path.'],
  FST_ERR_MAX_PARAM_LENGTH: ['VALIDATION_ERROR', 'The address is too long.'],
}

function hasOwnCode(error: object): error is FastifyError {
  return 'code' in error && typeof error.code === 'string'
}

/**
 * Whatever a route threw or Fastify refused, as a CodedError. Client errors (4xx) of Fastify become VALIDATION_ERROR,
 * anything unknown UNKNOWN_ERROR; the original stays as `cause`, for the log.
 */
export function codedErrorOf(thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown
  if (!(thrown instanceof Error)) return CodedError.from(thrown)
  const error = thrown as FastifyError
  if (error.validation !== undefined) {
    return new CodedError('VALIDATION_ERROR', 'The request does not fit.', {
      details: { errors: failingPaths(error) },
      cause: error,
    })
  }
  const known = hasOwnCode(error) ? BY_FASTIFY_CODE[error.code] : undefined
  if (known !== undefined) return new CodedError(known[0], known[1], { cause: error })
  if (typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500) {
    return new CodedError('VALIDATION_ERROR', 'The request is not well formed.', { cause: error })
  }
  return CodedError.from(error)
}
