/** Milliseconds after which a sweep looks again anyway. */
const MAX_WAIT_MS = 2000
/** Milliseconds between two checks at least. */
const MIN_WAIT_MS = 10

/** Calls back when waiting calls become due. It knows only what a look or `expect` has announced: a sweep finds the others. */
export class DueTimer {
  readonly #readNextMs: () => Promise<number | undefined>
  readonly #onDue: () => void
  #timer: NodeJS.Timeout | undefined
  /** By the monotonic clock, in milliseconds. */
  #at = Infinity
  #stopped = false

  /** `readNextMs`: milliseconds until the next waiting call is due; undefined when none is known. */
  constructor(readNextMs: () => Promise<number | undefined>, onDue: () => void) {
    this.#readNextMs = readNextMs
    this.#onDue = onDue
  }

  /** A call is due in `ms` milliseconds. */
  expect(ms: number): void {
    const at = performance.now() + Math.max(MIN_WAIT_MS, ms)
    if (this.#stopped || ms > MAX_WAIT_MS || at >= this.#at) return
    clearTimeout(this.#timer)
    this.#at = at
    this.#timer = setTimeout(() => this.#fire(), Math.ceil(at - performance.now())).unref()
  }

  /** Looks for the next call that becomes due. */
  async look(): Promise<void> {
    const ms = await this.#readNextMs()
    if (ms !== undefined) this.expect(ms)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #fire(): void {
    this.#at = Infinity
    this.#onDue()
    // A failure shows in the next sweep.
    void this.look().catch(() => undefined)
  }
}
