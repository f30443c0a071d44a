export interface LivenessOptions {
  readonly intervalMs: number
  /** Asks the other side for a sign of life. */
  readonly probe: () => void
  /** There was none during three intervals. */
  readonly onSilent: () => void
}

const misses = 3

/** Notices that the other side of a connection is gone although nothing says so. Asks only when it is silent. */
export class Liveness {
  readonly #options: LivenessOptions
  #timer: ReturnType<typeof setInterval> | undefined
  #silent = 0

  constructor(options: LivenessOptions) {
    this.#options = options
  }

  /** Anything that arrives is a sign of life. */
  heard(): void {
    this.#silent = 0
  }

  start(): void {
    this.stop()
    this.#silent = 0
    if (this.#options.intervalMs === Infinity) return
    this.#timer = setInterval(() => {
      this.#silent += 1
      if (this.#silent > misses) this.#options.onSilent()
      else this.#options.probe()
    }, this.#options.intervalMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
