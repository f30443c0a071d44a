/** The same numbers, evenly spread over [0, 1), on every run (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  /** About zero, with this deviation: the sum of twelve even numbers. */
  normal(deviation: number): number {
    let sum = -6
    for (let at = 0; at < 12; at++) sum += this.next()
    return sum * deviation
  }
}
