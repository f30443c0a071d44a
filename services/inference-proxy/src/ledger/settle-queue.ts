import { CodedError } from '@alkdev/errors'

export interface SettleQueueOptions<T> {
  /** Throws UNAVAILABLE when the items may be given again. */
  write(items: readonly T[]): Promise<unknown>
  /** Called for a batch that could not be written and is kept, and for an item that is dropped. */
  onError(error: unknown, dropped: T | undefined): void
  /** Milliseconds after which what is there is written. */
  readonly delayMs: number
  readonly maxBatch?: number
  /** Items that are held while they cannot be written. */
  readonly maxHeld?: number
}

const RETRY_MS = 500

/**
 * Writes items in batches soon after they come, and keeps them while the database is unreachable. An item that the database refuses is dropped
 * alone, and so is an item beyond `maxHeld`: the sweep settles its call.
 */
export class SettleQueue<T> {
  readonly #options: SettleQueueOptions<T>
  #items: T[] = []
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: SettleQueueOptions<T>) {
    this.#options = options
  }

  get held(): number {
    return this.#items.length
  }

  add(item: T): void {
    const { maxHeld = 50_000, maxBatch = 200, delayMs } = this.#options
    if (this.#items.length >= maxHeld) {
      this.#options.onError(new CodedError('UNAVAILABLE', 'The ledger holds too many calls.'), item)
      return
    }
    this.#items.push(item)
    if (this.#items.length === maxBatch) this.#schedule(0)
    else this.#schedule(delayMs)
  }

  /** Writes what is there. Resolves when nothing is held, or when the database is unreachable. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#running
    if (this.#items.length > 0) await this.#run()
  }

  #schedule(ms: number): void {
    if (this.#running !== undefined) return
    if (ms === 0) clearTimeout(this.#timer)
    else if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#run()
    }, ms)
  }

  #run(): Promise<void> {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined
      if (this.#items.length > 0) this.#schedule(RETRY_MS)
    })
    return this.#running
  }

  async #writeAll(): Promise<void> {
    const options = this.#options
    const { maxBatch = 200 } = options
    let size = maxBatch
    while (this.#items.length > 0) {
      const batch = this.#items.slice(0, size)
      try {
        // oxlint-disable-next-line no-await-in-loop -- one statement at a time
        await options.write(batch)
        this.#items = this.#items.slice(batch.length)
        size = Math.min(maxBatch, size * 2)
      } catch (error) {
        if (CodedError.from(error).code === 'UNAVAILABLE') {
          options.onError(error, undefined)
          return
        }
        // The one item that is refused must not hold up the others.
        if (batch.length > 1) size = Math.ceil(batch.length / 2)
        else {
          this.#items = this.#items.slice(1)
          options.onError(error, batch[0])
        }
      }
    }
  }
}
