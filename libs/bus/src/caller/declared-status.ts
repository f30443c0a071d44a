import { isErrorCode } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'

/** The error with the HTTP status that the operation declared for its code; codes of the closed set keep theirs. */
export function withDeclaredStatus(error: CallError, spec: OperationSpec | undefined): CallError {
  if (isErrorCode(error.code)) return error
  const httpStatus = spec?.errorSchemas?.find(({ code }) => code === error.code)?.httpStatus
  if (httpStatus === undefined) return error
  return new CallError(error.code, error.message, error.details, {
    httpStatus,
    cause: error,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(error.callId !== undefined && { callId: error.callId }),
  })
}
