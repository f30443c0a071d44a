const MAX_KNOWN = 10_000

interface Benched {
  readonly until: number
  readonly reason: string
}

/** The API keys that their providers refused, in this process. They are used only when no other key works. */
export class KeyBench {
  readonly #benchMs: number
  readonly #now: () => number
  readonly #benched = new Map<string, Benched>()

  constructor(benchMs: number, now: () => number = () => performance.now()) {
    this.#benchMs = benchMs
    this.#now = now
  }

  /** The provider refused the key. `reason` is for people and holds nothing secret. */
  bench(key: string, reason: string): void {
    const [oldest] = this.#benched.keys()
    if (this.#benched.size >= MAX_KNOWN && oldest !== undefined) this.#benched.delete(oldest)
    this.#benched.set(key, { until: this.#now() + this.#benchMs, reason })
  }

  /** The provider accepted the key. */
  release(key: string): void {
    this.#benched.delete(key)
  }

  /** Why the key is benched and for how many milliseconds; undefined when it is not. */
  find(key: string): { readonly reason: string; readonly forMs: number } | undefined {
    const found = this.#benched.get(key)
    if (found === undefined) return undefined
    const forMs = found.until - this.#now()
    if (forMs > 0) return { reason: found.reason, forMs }
    this.#benched.delete(key)
    return undefined
  }
}
