import { isErrorCode } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'

/** The error with the HTTP status that the operation declared for its code; errors of the closed set keep theirs. */
export function withDeclaredStatus(thrown: unknown, spec: OperationSpec | undefined): CallError {
  const error = CallError.from(thrown)
  if (isErrorCode(error.code) || error.status !== 500) return error
  const httpStatus = spec?.errorSchemas?.find(({ code }) => code === error.code)?.httpStatus
  if (httpStatus === undefined) return error
  return new CallError(error.code, error.message, error.details, {
    httpStatus,
    cause: error,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  })
}
