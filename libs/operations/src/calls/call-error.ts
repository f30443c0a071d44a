import { CodedError, errorTable, isErrorCode } from '@alkdev/errors'
import type { ErrorCode } from '@alkdev/errors'

/** The closed set of codes; the value is the name. An operation may declare further codes of its own (`errorSchemas`). */
export const InfrastructureErrorCode = Object.freeze(
  Object.fromEntries(Object.keys(errorTable).map((code) => [code, code])),
) as { readonly [Code in ErrorCode]: Code }
export type InfrastructureErrorCode = ErrorCode

/** A code of the closed set, or one that the operation declares. */
export type CallErrorCode = InfrastructureErrorCode | (string & {})

export interface CallErrorOptions {
  /** Kept for logs; never leaves the process. */
  readonly cause?: unknown
  /** Milliseconds after which a retry makes sense. */
  readonly retryAfterMs?: number
  /** HTTP status of a declared code (`ErrorDefinition.httpStatus`). Ignored for codes of the closed set. */
  readonly httpStatus?: number
  /** The hub's id of the call that failed, where it is another one than that which was made: of a repeated failure. */
  readonly callId?: string
}

/**
 * The error of a failed call. `code`, `message` and `details` are sent to the caller, so none of them may contain
 * a stack, a path, SQL or a secret; the original error is the `cause` and stays in the process.
 */
export class CallError extends CodedError {
  override readonly name = 'CallError'
  readonly #httpStatus: number | undefined

  constructor(
    code: CallErrorCode,
    message: string,
    details?: unknown,
    options: CallErrorOptions = {},
  ) {
    super(code, message, {
      ...(details !== undefined && { details }),
      ...(options.cause !== undefined && { cause: options.cause }),
      ...(options.retryAfterMs !== undefined && { retryAfterMs: options.retryAfterMs }),
      ...(options.callId !== undefined && { callId: options.callId }),
    })
    this.#httpStatus = options.httpStatus
  }

  /** HTTP status: the table's for the closed set, the declared one for declared codes, else 500. */
  override get status(): number {
    return isErrorCode(this.code) ? super.status : (this.#httpStatus ?? 500)
  }

  /**
   * Any thrown value as a CallError. A CodedError keeps code, message and details; anything else becomes UNKNOWN_ERROR with a neutral
   * message.
   */
  static override from(thrown: unknown): CallError {
    if (thrown instanceof CallError) return thrown
    const coded = CodedError.from(thrown)
    return new CallError(coded.code, coded.message, coded.details, {
      cause: coded === thrown ? coded : coded.cause,
      ...(coded.retryAfterMs !== undefined && { retryAfterMs: coded.retryAfterMs }),
      ...(coded.callId !== undefined && { callId: coded.callId }),
    })
  }
}

/**
 * The error of a call that ends after it was sent to a provider. A code that means that nothing ran gets `details.outcome: 'unknown'`,
 * because the provider may have begun; any other error is returned as it is.
 */
export function withUnknownOutcome(error: CallError): CallError {
  if (error.ran !== 'no') return error
  const { code, message, details, retryAfterMs, callId } = error
  return new CallError(
    code,
    message,
    { ...(details as object | undefined), outcome: 'unknown' },
    {
      cause: error,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(callId !== undefined && { callId }),
    },
  )
}
