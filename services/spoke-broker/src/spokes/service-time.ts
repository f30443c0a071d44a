const KEPT = 64
/** Of a spoke that has not answered anything yet. */
const FIRST_MS = 100

/** Median of the last 64 service times of a spoke, in milliseconds: what a refused caller is told to wait is built on it. */
export class ServiceTime {
  #samples: number[] | undefined
  #at = 0

  add(ms: number): void {
    this.#samples ??= []
    this.#samples[this.#at] = ms
    this.#at = (this.#at + 1) % KEPT
  }

  get medianMs(): number {
    const sorted = this.#samples?.toSorted((a, b) => a - b) ?? []
    return sorted[sorted.length >> 1] ?? FIRST_MS
  }
}
