/** Targets that are remembered. Those beyond it are forgotten oldest first. */
const MAX_KNOWN = 10_000

interface State {
  failures: number
  /** Until then the target gets no requests. */
  openUntil: number
  /** One request tries the target. */
  isTrying: boolean
}

export interface CircuitBreakersOptions {
  /** Failures in a row after which a target gets no requests; 0: never. */
  readonly failures: number
  /** Milliseconds for which it gets none. */
  readonly openMs: number
  readonly now?: () => number
}

/**
 * A circuit breaker for each target, in this process. After failures in a row it is open: the target gets no requests. When its time is over,
 * one request tries the target: a success closes the breaker, a failure opens it again. A trial that takes longer than that time lets another
 * request try.
 */
export class CircuitBreakers {
  readonly #options: CircuitBreakersOptions
  readonly #now: () => number
  readonly #states = new Map<string, State>()

  constructor(options: CircuitBreakersOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** Milliseconds for which the target gets no requests; 0 when it may get one. */
  openForMs(target: string): number {
    const state = this.#states.get(target)
    if (state === undefined || state.openUntil === 0) return 0
    return Math.max(0, state.openUntil - this.#now())
  }

  /** The targets that get no requests now and whose names begin with `prefix`. */
  openBelow(prefix: string): { readonly target: string; readonly forMs: number }[] {
    return [...this.#states.keys()]
      .filter((target) => target.startsWith(prefix))
      .map((target) => ({ target, forMs: this.openForMs(target) }))
      .filter(({ forMs }) => forMs > 0)
  }

  /** A request is sent to the target. */
  onStart(target: string): void {
    const state = this.#states.get(target)
    if (state === undefined || state.openUntil === 0) return
    state.isTrying = true
    state.openUntil = this.#now() + this.#options.openMs
  }

  /** The target answered, if only with a refusal of the request. */
  onSuccess(target: string): void {
    this.#states.delete(target)
  }

  /** The request ended without saying anything about the target: the client left, for instance. */
  onUnknown(target: string): void {
    const state = this.#states.get(target)
    if (state?.isTrying !== true) return
    state.isTrying = false
    state.openUntil = this.#now()
  }

  /** Returns true when the breaker opens. */
  onFailure(target: string): boolean {
    const { failures, openMs } = this.#options
    if (failures === 0) return false
    const state = this.#states.get(target) ?? { failures: 0, openUntil: 0, isTrying: false }
    state.failures += 1
    state.isTrying = false
    const opens = state.failures >= failures
    if (opens) state.openUntil = this.#now() + openMs
    this.#states.delete(target)
    this.#states.set(target, state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > MAX_KNOWN && oldest !== undefined) this.#states.delete(oldest)
    return opens
  }
}
