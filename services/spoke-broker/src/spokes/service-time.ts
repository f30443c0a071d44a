const KEPT = 64
/** For a spoke that has not answered yet. */
const FIRST_MS = 100

/** Median of the last 64 service times of a spoke, in milliseconds: the basis of the retry time of refused calls. */
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
