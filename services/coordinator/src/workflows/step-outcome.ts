import type { CallFailure } from '@alkdev/contracts'
import type { CallError, RetryClass } from '@alkdev/operations'
import type { StepFacts } from './step-facts.ts'

/** What becomes of a step whose call failed. */
export interface FailedStep {
  readonly error: CallFailure
  readonly ran: 'no' | 'yes' | 'unknown'
  /** As in the events of flowgraph; without it `retries` decides. */
  readonly retry?: 'always' | 'never'
  readonly delayMs: number
}

export interface FailurePlace {
  readonly retryClass: RetryClass
  readonly facts: StepFacts
  /** Milliseconds before the first repetition. */
  readonly backoffMs: number
  /** Calls that may be lost in a row. */
  readonly maxLost: number
  /** Milliseconds for which a step waits for a provider. */
  readonly patienceMs: number
  /** Milliseconds for which it has been waiting for one already. */
  readonly waitedMs: number
}

const MAX_BACKOFF_MS = 60_000
/** Longest pause between two checks for a provider: at first, and after many. */
const MAX_UNAVAILABLE_MS = 10_000
const LATER_UNAVAILABLE_MS = 60_000
const MANY = 30

/** Failures that another call with the same input and the same rights meets again. */
const LASTING: ReadonlySet<string> = new Set([
  'ABORTED',
  'UNAUTHENTICATED',
  'ACCESS_DENIED',
  'VALIDATION_ERROR',
  'PAYLOAD_TOO_LARGE',
])

/**
 * Decides by what the error says about effects and by the retry class. What is proven not to have run is called again without counting, for as long as a
 * step waits for its provider. A call that was lost is repeated without counting if it may be, a few times. Any other failure counts, and the
 * `retries` of the step decide; an operation of class `never` is not repeated.
 */
export function failedStep(error: CallError, place: FailurePlace): FailedStep {
  const { code, message, details, ran, disposition } = error
  const { retryClass, facts, backoffMs, maxLost, patienceMs, waitedMs } = place
  const failure = { code, message, ...(details !== undefined && { details }) }
  const isAway = ran === 'no' && (disposition === 'retryable' || code === 'OPERATION_NOT_FOUND')
  if (isAway && waitedMs < patienceMs) {
    const delayMs = Math.max(
      error.retryAfterMs ?? 0,
      doubled(
        Math.max(100, backoffMs),
        facts.unavailable,
        facts.unavailable < MANY ? MAX_UNAVAILABLE_MS : LATER_UNAVAILABLE_MS,
      ),
    )
    return { error: failure, ran, retry: 'always', delayMs }
  }
  if (isAway || LASTING.has(code)) return { error: failure, ran, retry: 'never', delayMs: 0 }
  if (retryClass === 'never') return { error: failure, ran, retry: 'never', delayMs: 0 }
  const isLost = ran !== 'yes' && (code === 'PROVIDER_LOST' || code === 'UNAVAILABLE')
  if (isLost && facts.lost + 1 < maxLost) {
    const delayMs = doubled(Math.min(1000, backoffMs), facts.lost, MAX_BACKOFF_MS)
    return { error: failure, ran, retry: 'always', delayMs }
  }
  return { error: failure, ran, delayMs: doubled(backoffMs, facts.failures, MAX_BACKOFF_MS) }
}

function doubled(baseMs: number, times: number, mostMs: number): number {
  return Math.min(mostMs, baseMs * 2 ** Math.min(30, times))
}
