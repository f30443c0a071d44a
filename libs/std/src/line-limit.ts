const SECOND_MS = 1000

/** Limits the number of log lines of one kind, for lines that outside callers can cause. */
export class LineLimit {
  readonly #perSecond: number
  #second = 0
  #written = 0
  #leftOut = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** How many lines were left out since the last one that was written; undefined when this one is to be left out, too. */
  take(nowMs: number = performance.now()): number | undefined {
    const second = Math.floor(nowMs / SECOND_MS)
    if (second !== this.#second) {
      this.#second = second
      this.#written = 0
    }
    if (this.#written >= this.#perSecond) {
      this.#leftOut += 1
      return undefined
    }
    this.#written += 1
    const leftOut = this.#leftOut
    this.#leftOut = 0
    return leftOut
  }
}
