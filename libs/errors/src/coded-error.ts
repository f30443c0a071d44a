import { errorTable, isErrorCode } from './codes.ts'
import type { ErrorCodeRow, ErrorDisposition } from './codes.ts'

/** The part of an error that leaves the process: never a stack, a path, SQL or a secret. */
export interface WireError {
  readonly code: string
  readonly message: string
  readonly details?: unknown
}

export interface CodedErrorOptions {
  /** Shown to the caller; must be plain JSON without secrets. */
  readonly details?: unknown
  /** Kept for logs only. */
  readonly cause?: unknown
  /** Milliseconds after which a retry makes sense (`Retry-After`). */
  readonly retryAfterMs?: number
  /** The hub's id of the call that failed, if it is not the call that was made (a replayed failure). */
  readonly callId?: string
}

/**
 * Base of every error that has a code. The caller may see `message` and `details`;
 * `cause` never leaves the process. `code` is one of `errorTable`, or one that an operation declares.
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

  /**
   * Whether the operation may have run: `unknown` when `details.outcome` says so, else as the table says of the code. A code outside the table
   * is an answer of the operation, which ran.
   */
  get ran(): ErrorCodeRow['ran'] {
    const { outcome } = (this.details ?? {}) as { readonly outcome?: unknown }
    if (outcome === 'unknown') return 'unknown'
    return isErrorCode(this.code) ? errorTable[this.code].ran : 'yes'
  }

  toWire(): WireError {
    const wire = { code: this.code, message: this.message }
    return this.details === undefined ? wire : { ...wire, details: this.details }
  }

  /** Converts any thrown value to a CodedError. A value without a code becomes UNKNOWN_ERROR with a neutral message and the original as cause. */
  static from(thrown: unknown): CodedError {
    if (thrown instanceof CodedError) return thrown
    return new CodedError('UNKNOWN_ERROR', 'Something failed inside the hub.', { cause: thrown })
  }
}

/** A failure at start or in a command: `message` states the problem, `fix` the solution. Each is one sentence for the operator. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly fix: string

  constructor(message: string, fix: string, options?: { cause?: unknown }) {
    super(message, options)
    this.fix = fix
  }

  /** The message and the fix for people. The message ends with a full stop, or with a line break when the fix has a line of its own. */
  get sentences(): string {
    const { message, fix } = this
    if (message.endsWith('\n')) return `${message}${fix}`.trimEnd()
    return `${/[.!?:]\s*$/.test(message) ? message.trimEnd() : `${message}.`} ${fix}`.trimEnd()
  }
}
