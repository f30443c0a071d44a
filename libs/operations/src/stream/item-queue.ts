import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'

/**
 * Arriving items and waiting readers, both in order. It has no limit, because the credit window limits it. Items that
 * arrived before an end are read before it; an error is thrown once, and every later read is the end.
 */
export class ItemQueue<T> {
  readonly #items: T[] = []
  readonly #readers: Deferred<IteratorResult<T, undefined>>[] = []
  readonly #onRead: () => void
  #ended = false
  #error: Error | undefined

  /** `onRead` is called for every item that a reader takes. */
  constructor(onRead: () => void) {
    this.#onRead = onRead
  }

  get ended(): boolean {
    return this.#ended
  }

  push(item: T): void {
    if (this.#ended) return
    const reader = this.#readers.shift()
    if (reader === undefined) {
      this.#items.push(item)
      return
    }
    reader.resolve({ value: item, done: false })
    this.#onRead()
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length > 0) {
      const value = this.#items.shift() as T
      this.#onRead()
      return Promise.resolve({ value, done: false })
    }
    if (this.#error !== undefined) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true })
    const reader = deferred<IteratorResult<T, undefined>>()
    this.#readers.push(reader)
    return reader.promise
  }

  /** No more items arrive. The first waiting reader gets the error, the others the end. */
  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    const [first, ...others] = this.#readers.splice(0)
    if (error !== undefined && first !== undefined) first.reject(error)
    else {
      this.#error = error
      first?.resolve({ value: undefined, done: true })
    }
    for (const reader of others) reader.resolve({ value: undefined, done: true })
  }

  /** The reader leaves: unread items, and an error, are dropped. */
  leave(): void {
    this.#items.length = 0
    this.end()
    this.#error = undefined
  }
}
