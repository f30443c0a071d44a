import { backoff } from '@alkdev/std'
import type { UpstreamError } from '../relay/upstream-error.ts'
import type { Candidate } from './candidate.ts'
import type { CircuitBreakers } from './circuit-breakers.ts'
import type { KeyBench } from './key-bench.ts'

export interface AttemptPlanInput {
  /** In the order in which they are tried. */
  readonly candidates: readonly Candidate[]
  readonly maxAttempts: number
  readonly breakers: CircuitBreakers
  readonly bench: KeyBench
  /** Milliseconds: the longest pause before the first repetition. */
  readonly retryDelayMs: number
  /** Milliseconds: the longest pause that a provider may ask for. */
  readonly maxRetryAfterMs: number
  readonly random?: () => number
}

/** The next request. */
export interface PlannedAttempt {
  readonly candidate: Candidate
  /** Milliseconds to wait before it. */
  readonly delayMs: number
  /** Further requests that may follow it without a repetition. */
  readonly followers: number
  /** One of them may go to another target. */
  readonly hasOtherTarget: boolean
}

/**
 * Decides where the next request of a call goes. Each candidate is tried once, then those whose failure may pass are tried again after a
 * pause, until one accepts the request or `maxAttempts` requests were made. Candidates whose breaker is open are left out, those whose key is
 * benched come last.
 */
export class AttemptPlan {
  readonly #input: AttemptPlanInput
  #queue: Candidate[]
  #again: Candidate[] = []
  #made = 0
  #round = 0
  /** Milliseconds that the providers of this round ask for. */
  #asked = 0

  constructor(input: AttemptPlanInput) {
    this.#input = input
    const { candidates, bench } = input
    const isBenched = ({ keyId }: Candidate): boolean => bench.find(keyId) !== undefined
    this.#queue = [
      ...candidates.filter((one) => !isBenched(one)),
      ...candidates.filter((one) => isBenched(one)),
    ]
  }

  get made(): number {
    return this.#made
  }

  /** Milliseconds after which a candidate that is left out now gets requests again. */
  get retryAfterMs(): number {
    const { candidates, breakers } = this.#input
    return Math.min(...candidates.map(({ targetId }) => breakers.openForMs(targetId)))
  }

  /** Undefined when no request may follow. */
  next(): PlannedAttempt | undefined {
    const { maxAttempts, breakers, retryDelayMs, random } = this.#input
    if (this.#made >= maxAttempts) return undefined
    let delayMs = 0
    let candidate = this.#shift()
    if (candidate === undefined && this.#again.length > 0) {
      this.#queue = this.#again
      this.#again = []
      const pause = backoff(this.#round, {
        baseMs: retryDelayMs,
        capMs: Math.max(retryDelayMs, this.#input.maxRetryAfterMs),
        ...(random && { random }),
      })
      delayMs = Math.max(this.#asked, pause)
      this.#asked = 0
      this.#round += 1
      candidate = this.#shift()
    }
    if (candidate === undefined) return undefined
    this.#made += 1
    breakers.onStart(candidate.targetId)
    const followers = Math.min(this.#queue.length, maxAttempts - this.#made)
    const { targetId } = candidate
    const isOther = (one: Candidate): boolean =>
      one.targetId !== targetId && breakers.openForMs(one.targetId) === 0
    const hasOtherTarget = followers > 0 && this.#queue.some(isOther)
    return { candidate, delayMs, followers, hasOtherTarget }
  }

  /** The candidate accepted the request. */
  succeeded({ targetId, keyId }: Candidate): void {
    this.#input.breakers.onSuccess(targetId)
    this.#input.bench.release(keyId)
  }

  /** The request ended for a reason that is not the candidate's. */
  abandoned({ targetId }: Candidate): void {
    this.#input.breakers.onUnknown(targetId)
  }

  /** The candidate failed. `counts`: whether that says something about the target. Returns true when its breaker opens. */
  failed(candidate: Candidate, error: UpstreamError, counts = true): boolean {
    const { breakers, bench, maxRetryAfterMs } = this.#input
    const { targetId, keyId, window } = candidate
    const opens = counts && error.isFault && breakers.onFailure(targetId)
    if (error.isLocal || !counts) breakers.onUnknown(targetId)
    else if (!error.isFault) breakers.onSuccess(targetId)
    if (error.next === 'key') bench.bench(keyId, error.message)
    if (error.next === 'none') this.#queue = this.#again = []
    if (error.next === 'bigger') {
      const isBigger = (one: Candidate): boolean =>
        one.window !== undefined && window !== undefined && one.window > window
      this.#queue = this.#queue.filter(isBigger)
      this.#again = []
    }
    if (error.next !== 'target') return opens
    // Another key of the same target meets the same fault.
    if (error.isFault)
      this.#queue = [
        ...this.#queue.filter((one) => one.targetId !== targetId),
        ...this.#queue.filter((one) => one.targetId === targetId),
      ]
    if (error.mayRepeat && error.askedMs <= maxRetryAfterMs) {
      this.#again.push(candidate)
      this.#asked = Math.max(this.#asked, error.askedMs)
    }
    return opens
  }

  #shift(): Candidate | undefined {
    const { breakers } = this.#input
    for (let one = this.#queue.shift(); one; one = this.#queue.shift())
      if (breakers.openForMs(one.targetId) === 0) return one
    return undefined
  }
}
