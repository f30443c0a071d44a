import type { KeyUsage } from './storage.ts'

/** Uses of one key that are not reported yet. A verified key's cache entry holds its own, so counting needs no look-up. */
export interface UsageCounter {
  readonly keyId: string
  count: number
  lastUsedAtMs: number
}

export interface UsageTrackerOptions {
  readonly write: (usage: readonly KeyUsage[]) => Promise<void>
  readonly intervalMs: number
  /** Keys that wait at most; uses of further ones are dropped and counted. */
  readonly maxKeys: number
  readonly onError: (error: unknown) => void
}

/** Collects uses and writes them in batches. One write at a time; what could not be written waits for the next. */
export class UsageTracker implements AsyncDisposable {
  readonly #options: UsageTrackerOptions
  #waiting = new Map<string, UsageCounter>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  /** Uses that were dropped because too many keys waited. */
  dropped = 0

  constructor(options: UsageTrackerOptions) {
    this.#options = options
  }

  count(counter: UsageCounter, nowMs: number): void {
    counter.lastUsedAtMs = nowMs
    if (counter.count > 0) counter.count++
    else this.#wait(counter, 1)
  }

  #wait(counter: UsageCounter, count: number): void {
    const waiting = this.#waiting.get(counter.keyId)
    if (waiting !== undefined) {
      waiting.count += count
      waiting.lastUsedAtMs = Math.max(waiting.lastUsedAtMs, counter.lastUsedAtMs)
    } else if (this.#waiting.size >= this.#options.maxKeys) this.dropped += count
    else {
      counter.count = count
      this.#waiting.set(counter.keyId, counter)
      this.#timer ??= setTimeout(() => void this.flush(), this.#options.intervalMs).unref()
    }
  }

  /** Writes the pending uses. Resolves when they are written, or when the write failed (then they stay pending, and `onError` was called). */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    if (this.#waiting.size === 0) return
    const taken = [...this.#waiting.values()].map((counter) => {
      const { keyId, count, lastUsedAtMs } = counter
      counter.count = 0
      return { keyId, count, lastUsedAtMs }
    })
    this.#waiting = new Map()
    try {
      await this.#options.write(
        taken.map(({ keyId, count, lastUsedAtMs }) => ({
          keyId,
          count,
          lastUsedAt: new Date(lastUsedAtMs).toISOString(),
        })),
      )
    } catch (error) {
      for (const usage of taken) this.#wait(usage, usage.count)
      this.#options.onError(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
