import type { ApiKeyRecord } from './records.ts'
import type { UsageCounter } from './usage-tracker.ts'
import type { VerifyResult } from './verifier.ts'

/** A key that was found good. */
export interface GoodEntry {
  readonly record: ApiKeyRecord
  readonly result: VerifyResult
  /** Milliseconds since the epoch; `Infinity` for none. */
  readonly expiresAtMs: number
  /** Milliseconds since the epoch from which it must be looked up again. */
  readonly staleAtMs: number
  readonly usage: UsageCounter
  /** Seen since the last sweep of the eviction hand. */
  seen: boolean
}

interface BadEntry {
  readonly result: VerifyResult
  readonly staleAtMs: number
}

export interface KeyCacheOptions {
  readonly maxEntries: number
  readonly maxNegativeEntries: number
}

/** Which keys to forget. */
export type InvalidateTarget = 'all' | { readonly keyId: string } | { readonly ownerId: string }

/**
 * Good keys by hash, evicted by second chance (an entry used since the hand last passed is spared once), and refused ones for a short time.
 * Both are bounded. Refused keys are forgotten with every invalidation: a change may have made one good.
 */
export class KeyCache {
  readonly #options: KeyCacheOptions
  readonly #good = new Map<string, GoodEntry>()
  readonly #hashById = new Map<string, string>()
  readonly #bad = new Map<string, BadEntry>()
  /** Rises with every invalidation. A look-up compares it before it caches its result. */
  generation = 0

  constructor(options: KeyCacheOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#good.size
  }

  get negativeSize(): number {
    return this.#bad.size
  }

  good(hash: string): GoodEntry | undefined {
    return this.#good.get(hash)
  }

  /** The refusal that still holds at `nowMs`. */
  bad(hash: string, nowMs: number): VerifyResult | undefined {
    const entry = this.#bad.get(hash)
    if (entry === undefined) return undefined
    if (entry.staleAtMs > nowMs) return entry.result
    this.#bad.delete(hash)
    return undefined
  }

  keep(hash: string, entry: GoodEntry): void {
    this.forgetHash(hash)
    while (this.#good.size >= this.#options.maxEntries) this.#evictOne()
    this.#good.set(hash, entry)
    this.#hashById.set(entry.record.id, hash)
  }

  refuse(hash: string, result: VerifyResult, staleAtMs: number): void {
    this.forgetHash(hash)
    if (this.#bad.size >= this.#options.maxNegativeEntries) {
      const [oldest] = this.#bad.keys()
      if (oldest !== undefined) this.#bad.delete(oldest)
    }
    this.#bad.set(hash, { result, staleAtMs })
  }

  forgetHash(hash: string): void {
    const entry = this.#good.get(hash)
    if (entry !== undefined) {
      this.#good.delete(hash)
      this.#hashById.delete(entry.record.id)
    }
    this.#bad.delete(hash)
  }

  invalidate(target: InvalidateTarget): void {
    this.generation++
    this.#bad.clear()
    if (target === 'all') {
      this.#good.clear()
      this.#hashById.clear()
    } else if ('keyId' in target) {
      const hash = this.#hashById.get(target.keyId)
      if (hash !== undefined) this.forgetHash(hash)
    } else {
      for (const [hash, { record }] of this.#good)
        if (record.metadata.ownerId === target.ownerId) this.forgetHash(hash)
    }
  }

  #evictOne(): void {
    for (const [hash, entry] of this.#good) {
      if (!entry.seen) return this.forgetHash(hash)
      entry.seen = false
      // To the end of the queue; the loop meets it again at the latest after one round.
      this.#good.delete(hash)
      this.#good.set(hash, entry)
    }
  }
}
