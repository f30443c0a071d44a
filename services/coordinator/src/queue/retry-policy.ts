import type { CallFailure } from '@alkdev/contracts'
import type { CallError, RetryClass } from '@alkdev/operations'

/** The facts on which the retry policy decides. */
export interface FailedAttempt {
  readonly error: CallError
  readonly retry: RetryClass
  /** Attempts that may have run, this one included. */
  readonly attempts: number
  readonly maxAttempts: number
  readonly backoffMs: number
  /** Claims so far. */
  readonly claims: number
}

/** The next step of a call whose attempt failed. */
export type RetryDecision =
  | {
      readonly kind: 'retry'
      readonly delayMs: number
      /** The attempt is proven not to have run, and does not count. */
      readonly uncounted: boolean
      readonly error: CallFailure
    }
  | {
      readonly kind: 'end'
      readonly status: 'failed' | 'aborted'
      readonly error: CallFailure
      readonly ran: 'no' | 'yes' | 'unknown'
    }

/** Longest pause between two attempts, and between two searches for a provider. */
const MAX_BACKOFF_MS = 60_000
const MAX_UNAVAILABLE_MS = 10_000

/** Failures after which another attempt may succeed. Codes that an operation declares are answers, and are not repeated. */
const REPEATABLE: ReadonlySet<string> = new Set([
  'PROVIDER_LOST',
  'UNAVAILABLE',
  'TIMEOUT',
  'UNKNOWN_ERROR',
  'EXECUTION_ERROR',
])

/**
 * Decides by what the error says about effects and by the retry class. What is proven not to have run is tried again whatever the class,
 * until the call expires: no provider, an overloaded one, no Redis. What may have run is repeated only for `safe` and `keyed`, up to
 * `maxAttempts`.
 */
export function decideRetry(attempt: FailedAttempt): RetryDecision {
  const { error, retry, attempts, maxAttempts, backoffMs, claims } = attempt
  const { code, ran } = error
  const failure = failureOf(error)
  if (code === 'ABORTED') return { kind: 'end', status: 'aborted', error: failure, ran: 'unknown' }
  if (isUnavailable(error)) {
    const delayMs = Math.max(
      error.retryAfterMs ?? 0,
      doubled(backoffMs, claims, MAX_UNAVAILABLE_MS),
    )
    return { kind: 'retry', delayMs, uncounted: true, error: failure }
  }
  const mayRepeat = ran !== 'no' && retry !== 'never' && REPEATABLE.has(code)
  if (mayRepeat && attempts < maxAttempts) {
    const delayMs = doubled(backoffMs, attempts, MAX_BACKOFF_MS)
    return { kind: 'retry', delayMs, uncounted: false, error: failure }
  }
  // An earlier attempt may have run.
  const all = ran === 'no' && attempts > 1 ? 'unknown' : ran
  return { kind: 'end', status: 'failed', error: failure, ran: all }
}

const CLASSES: readonly RetryClass[] = ['safe', 'keyed', 'never']

/** The class that allows less. */
export function stricterClass(one: RetryClass, other: RetryClass): RetryClass {
  return CLASSES.indexOf(one) > CLASSES.indexOf(other) ? one : other
}

export function failureOf(error: CallError): CallFailure {
  const { code, message, details } = error
  return { code, message, ...(details !== undefined && { details }) }
}

/** Nothing ran, and it may run later. An operation whose spoke has gone is not found until the spoke returns. */
function isUnavailable({ code, ran, disposition }: CallError): boolean {
  return ran === 'no' && (code === 'OPERATION_NOT_FOUND' || disposition === 'retryable')
}

function doubled(baseMs: number, times: number, mostMs: number): number {
  return Math.min(mostMs, baseMs * 2 ** Math.min(30, Math.max(0, times - 1)))
}
