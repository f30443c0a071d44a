import { CodedError } from '@alkdev/errors'

export interface GroupWritesOptions<Item, Result> {
  /** Writes the items in one transaction. Gives the results in their order; a rejection is that of each item. */
  write(items: readonly Item[]): Promise<readonly Result[]>
  /** Size of an item, in any unit. */
  sizeOf(item: Item): number
  /** Items of one write at most. */
  readonly maxItems: number
  /** Size of one write at most; an item that is larger is written alone. */
  readonly maxSize: number
  /** Writes at a time. */
  readonly maxWrites: number
  /** Items that wait at most; one more is refused with UNAVAILABLE. */
  readonly maxWaiting: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly size: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes of concurrent work, as few as possible: an item is written in the turn of the event loop in which it came, together with the others of that turn.
 * While `maxWrites` writes run, items collect for the next one.
 */
export class GroupWrites<Item, Result> {
  readonly #options: GroupWritesOptions<Item, Result>
  readonly #waiting: Waiting<Item, Result>[] = []
  #writes = 0
  #isScheduled = false

  constructor(options: GroupWritesOptions<Item, Result>) {
    this.#options = options
  }

  /** Resolves when the item is committed. */
  add(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      const message = 'Too many writes wait for the database.'
      return Promise.reject(new CodedError('UNAVAILABLE', message, { retryAfterMs: 500 }))
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#waiting.push({ item, size: this.#options.sizeOf(item), resolve, reject })
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#start()
      })
    }
    return promise
  }

  #start(): void {
    while (this.#waiting.length > 0 && this.#writes < this.#options.maxWrites)
      void this.#write(this.#next())
  }

  #next(): readonly Waiting<Item, Result>[] {
    const { maxItems, maxSize } = this.#options
    let count = 0
    for (let size = 0; count < Math.min(maxItems, this.#waiting.length); count++) {
      size += this.#waiting[count]?.size ?? 0
      if (count > 0 && size > maxSize) break
    }
    return this.#waiting.splice(0, count)
  }

  /** Never rejects. */
  async #write(group: readonly Waiting<Item, Result>[]): Promise<void> {
    this.#writes += 1
    try {
      const results = await this.#options.write(group.map(({ item }) => item))
      for (const [at, { resolve }] of group.entries()) resolve(results[at] as Result)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
    this.#writes -= 1
    this.#start()
  }
}
