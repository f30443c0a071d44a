import { CodedError, isErrorCode } from '@alkdev/errors'
import { CallError } from './call-error.ts'
import { outputFailures } from './json-output.ts'
import type { ErrorDefinition, JsonSchema } from '../registry/types.ts'
import { compileSchema } from '../schema/validator.ts'

/** The message for an error whose members can't be read. */
export const UNREADABLE_ERROR = 'The operation failed with an error that cannot be read.'

/**
 * Converts an error of a handler into the error that the caller gets.
 *
 * - A CallError or another CodedError whose code is declared keeps code, message and details, if the details fit the declared schema; else it is
 *   EXECUTION_ERROR that says so. One with a code of the closed set is itself, without details that JSON has no form for, or that do not fit where the operation
 *   declares that code too. Any other code is EXECUTION_ERROR: a caller can rely on the closed set and the declared codes.
 * - An Error that names a declared code (its `code`, or a message that is the code or starts with `CODE:`; the first declared
 *   match wins) gets that code, its text, its declared HTTP status, and its `details` if they fit the declared schema.
 * - What can't be read (a getter that throws, a revoked proxy) is UNKNOWN_ERROR.
 * - Any other Error is EXECUTION_ERROR and any other value UNKNOWN_ERROR, both with a neutral message: what was thrown may hold paths,
 *   SQL or secrets, so it stays in the process as the `cause`. To tell a caller something, throw a CallError.
 */
export function mapError(
  error: unknown,
  errorSchemas: readonly Partial<ErrorDefinition>[] = [],
): CallError {
  try {
    return mapped(error, errorSchemas)
  } catch {
    // Not kept as the cause: a log could not read it either.
    return new CallError('UNKNOWN_ERROR', UNREADABLE_ERROR)
  }
}

function mapped(error: unknown, errorSchemas: readonly Partial<ErrorDefinition>[]): CallError {
  if (error instanceof CodedError) return mapCoded(CallError.from(error), errorSchemas)
  if (!(error instanceof Error))
    return new CallError(
      'UNKNOWN_ERROR',
      'The operation failed with something that is not an error.',
      undefined,
      {
        cause: error,
      },
    )
  for (const declared of errorSchemas) {
    const { code } = declared
    if (code === undefined || !names(error, code)) continue
    const details = (error as { details?: unknown }).details
    return new CallError(
      code,
      error.message === code ? (declared.description ?? code) : withoutCode(error.message, code),
      details !== undefined && fits(declared.schema, details) ? details : undefined,
      {
        cause: error,
        ...(declared.httpStatus !== undefined && { httpStatus: declared.httpStatus }),
      },
    )
  }
  return new CallError('EXECUTION_ERROR', 'The operation failed.', undefined, { cause: error })
}

/** An error with a code that its thrower chose. */
function mapCoded(error: CallError, errorSchemas: readonly Partial<ErrorDefinition>[]): CallError {
  const { code, details } = error
  const declared = errorSchemas.find((each) => each.code === code)
  if (isErrorCode(code)) {
    if (details === undefined || fits(declared?.schema, details)) return error
    const { retryAfterMs, callId } = error
    return new CallError(code, error.message, undefined, {
      cause: error,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(callId !== undefined && { callId }),
    })
  }
  if (declared === undefined)
    return new CallError(
      'EXECUTION_ERROR',
      'The operation failed with an error code that it does not declare.',
      undefined,
      { cause: error },
    )
  if (details === undefined || fits(declared.schema, details)) return error
  return new CallError(
    'EXECUTION_ERROR',
    `The operation failed with ${code}, whose details do not fit the schema that is declared for them.`,
    undefined,
    { cause: error },
  )
}

function names(error: Error, code: string): boolean {
  return (
    (error as { code?: unknown }).code === code ||
    error.message === code ||
    error.message.startsWith(`${code}:`)
  )
}

function withoutCode(message: string, code: string): string {
  return message.startsWith(`${code}:`) ? message.slice(code.length + 1).trim() || code : message
}

/** Whether the details are JSON data that fits the schema; without a schema any JSON data does. */
function fits(schema: unknown, details: unknown): boolean {
  try {
    return outputFailures(details, compileSchema((schema ?? true) as JsonSchema)) === undefined
  } catch {
    return false
  }
}
