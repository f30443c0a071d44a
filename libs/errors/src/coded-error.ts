import { errorTable, isErrorCode } from './codes.ts'
import type { ErrorDisposition } from './codes.ts'

/** The part of an error that leaves the process: never a stack, a path, SQL or a secret. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly details?: unknown
}

export interface CodedErrorOptions {
  /** Told to the caller; must be plain JSON and free of secrets. */
  readonly details?: unknown
  /** Kept for logs only. */
  readonly cause?: unknown
  /** Milliseconds after which a retry makes sense (`Retry-After`). */
  readonly retryAfterMs?: number
  /** The hub's id of the call that failed, where it is another one than that which was made: of a repeated failure. */
  readonly callId?: string
}

/**
 * Base of every error that has a code. `message` and `details` may be shown to whoever caused it;
 * `cause` never leaves the process. `code` is one of `errorTable`, or one that an operation declares itself.
 */
export class CodedError extends Error {
  override readonly name: string = 'CodedError'
  readonly code: string
  readonly details?: unknown
  readonly retryAfterMs?: number
  readonly callId?: string

  constructor(code: string, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    if (options.details !== undefined) this.details = options.details
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
    if (options.callId !== undefined) this.callId = options.callId
  }

  /** HTTP status of the code; 500 for codes outside the table. */
  get status(): number {
    return isErrorCode(this.code) ? errorTable[this.code].status : 500
  }

  get disposition(): ErrorDisposition {
    return isErrorCode(this.code) ? errorTable[this.code].disposition : 'fatal'
  }

  toWire(): WireError {
    const wire = { code: this.code, message: this.message }
    return this.details === undefined ? wire : { ...wire, details: this.details }
  }

  /** Any thrown value as a CodedError. What has no code becomes UNKNOWN_ERROR with a neutral message; the original is the cause. */
  static from(thrown: unknown): CodedError {
    if (thrown instanceof CodedError) return thrown
    return new CodedError('UNKNOWN_ERROR', 'Something failed inside the hub.', { cause: thrown })
  }
}

/** A failure at start or in a command: `message` says what is wrong, `fix` what to do. Shown to the operator as one sentence each. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly fix: string

  constructor(message: string, fix: string, options?: { cause?: unknown }) {
    super(message, options)
    this.fix = fix
  }
}
