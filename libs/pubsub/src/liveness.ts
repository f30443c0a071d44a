export interface LivenessOptions {
  readonly intervalMs: number
  /** Requests a reply from the other side. */
  readonly probe: () => void
  /** Called when no data arrived during three intervals. */
  readonly onSilent: () => void
}

const misses = 3

/** Detects that the other side of a connection is gone without a close. Probes only when no data arrives. */
export class Liveness {
  readonly #options: LivenessOptions
  #timer: ReturnType<typeof setInterval> | undefined
  #silent = 0

  constructor(options: LivenessOptions) {
    this.#options = options
  }

  /** Call it for all data that arrives: it shows that the other side is alive. */
  onData(): void {
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
