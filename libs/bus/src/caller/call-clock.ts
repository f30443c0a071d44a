import type { CallTiming } from '@alkdev/contracts'
import type { CallRequest, CallTimes } from './call-request.ts'

/** The time of one call, and the signal of its caller. */
export class CallClock {
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number
  readonly #times: CallTimes
  readonly #signal: AbortSignal | undefined
  readonly #startedAt = performance.now()
  #limitMs: number | undefined
  #timer: NodeJS.Timeout | undefined
  #onSignal: (() => void) | undefined

  constructor({ times, signal }: CallRequest, nowMs: number) {
    this.#times = times
    this.#signal = signal
    this.startedAtMs = nowMs
  }

  /** Milliseconds for the whole call; undefined without a limit. */
  get limitMs(): number | undefined {
    return this.#limitMs
  }

  /** Milliseconds left; undefined without a limit. */
  get remainingMs(): number | undefined {
    if (this.#limitMs === undefined) return undefined
    return this.#startedAt + this.#limitMs - performance.now()
  }

  /** Milliseconds since the epoch: by the monotonic clock, because the shared one may be set meanwhile. */
  get nowMs(): number {
    return this.startedAtMs + Math.round(performance.now() - this.#startedAt)
  }

  get idleMs(): number {
    return this.#times.idleMs
  }

  /** Calls `onSignal` when the caller's signal aborts; immediately if it has aborted already. */
  watchSignal(onSignal: (reason: unknown) => void): void {
    const signal = this.#signal
    if (signal === undefined) return
    if (signal.aborted) return onSignal(signal.reason)
    this.#onSignal = (): void => onSignal(signal.reason)
    signal.addEventListener('abort', this.#onSignal, { once: true })
  }

  /** Starts the timer for a call of this kind, and replaces the timer of the other kind. */
  start(isStream: boolean, onTimeout: () => void): void {
    clearTimeout(this.#timer)
    this.#limitMs = isStream ? this.#times.streamMs : this.#times.answerMs
    const { remainingMs } = this
    if (remainingMs !== undefined) this.#timer = setTimeout(onTimeout, Math.max(0, remainingMs))
  }

  stop(): void {
    clearTimeout(this.#timer)
    if (this.#onSignal !== undefined) this.#signal?.removeEventListener('abort', this.#onSignal)
  }

  /** The times of a call that is answered now. `sentAt`: of its attempt; `queueMs` and `executeMs` as the provider measured them. */
  timing(queueMs: number, executeMs: number, sentAt = this.#startedAt): CallTiming {
    const totalMs = performance.now() - this.#startedAt
    return { routeMs: sentAt - this.#startedAt, queueMs, executeMs, totalMs }
  }
}
