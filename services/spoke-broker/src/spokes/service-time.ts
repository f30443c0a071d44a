const kept = 64

/** Median of the last 64 service times of a spoke, in milliseconds: what a refused caller is told to wait is built on it. */
export class ServiceTime {
  readonly #samples: number[] = []
  #at = 0

  add(ms: number): void {
    this.#samples[this.#at] = ms
    this.#at = (this.#at + 1) % kept
  }

  get medianMs(): number {
    if (this.#samples.length === 0) return 100
    const sorted = this.#samples.toSorted((a, b) => a - b)
    return sorted[sorted.length >> 1] ?? 100
  }
}
