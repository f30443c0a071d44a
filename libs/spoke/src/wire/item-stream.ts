import { CodedError } from '@alkdev/errors'
import { after } from './timer.ts'

/** The items of a subscription, in order. Reading slowly slows the producer; leaving the loop, or `return()`, aborts the call. */
export interface Items<T> extends AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>
  return(): Promise<IteratorResult<T, undefined>>
}

export interface ItemStreamOptions<T> {
  /** Called at the first `next()`; what it throws ends the stream. */
  readonly start: (stream: ItemStream<T>) => void
  /** The reader has taken so many more. */
  readonly credit: (items: number) => void
  /** The reader has left, or waited too long, before the end. */
  readonly leave: (reason: string) => void
  /** Items that the producer may be ahead of the reader; beyond it the stream fails. */
  readonly mostHeld: number
  /** Credits are handed out in lots of so many. */
  readonly lot: number
  /** Milliseconds that a reader waits for one item. */
  readonly idleMs: number
}

type Waiter<T> = PromiseWithResolvers<IteratorResult<T, undefined>>

const done = { done: true, value: undefined } as const

/** Items pushed by the socket and pulled by a reader. */
export class ItemStream<T> implements Items<T> {
  readonly #options: ItemStreamOptions<T>
  readonly #items: T[] = []
  readonly #waiting: Waiter<T>[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #state: 'new' | 'open' | 'ended' = 'new'
  #error: Error | undefined
  #taken = 0

  constructor(options: ItemStreamOptions<T>) {
    this.#options = options
  }

  /** An item has come. False when it is one too many, which ends the stream. */
  push(item: T): boolean {
    if (this.#state !== 'open') return true
    const waiter = this.#waiting.shift()
    if (waiter) {
      this.#quiet()
      waiter.resolve({ done: false, value: item })
      this.#took()
      if (this.#waiting.length > 0) this.#watch()
      return true
    }
    if (this.#items.length >= this.#options.mostHeld) {
      this.fail(new CodedError('OVERLOADED', 'The producer sent more items than it was asked for.'))
      return false
    }
    this.#items.push(item)
    return true
  }

  end(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#quiet()
    const [first, ...others] = this.#waiting.splice(0)
    if (first && this.#error) {
      first.reject(this.#error)
      this.#error = undefined
    } else first?.resolve(done)
    for (const waiter of others) waiter.resolve(done)
  }

  /** What was pushed before is still read, then the error is thrown once. */
  fail(error: Error): void {
    if (this.#state === 'ended') return
    this.#error = error
    this.end()
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#state === 'new') {
      this.#state = 'open'
      try {
        this.#options.start(this)
      } catch (error) {
        this.fail(error as Error)
      }
    }
    const [item] = this.#items
    if (this.#items.length > 0) {
      this.#items.shift()
      this.#took()
      return Promise.resolve({ done: false, value: item as T })
    }
    if (this.#error) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#state === 'ended') return Promise.resolve(done)
    const waiter = Promise.withResolvers<IteratorResult<T, undefined>>()
    this.#waiting.push(waiter)
    this.#watch()
    return waiter.promise
  }

  /** The reader leaves: items not read are dropped, the call is aborted, whoever waits for one gets the end. */
  return(): Promise<IteratorResult<T, undefined>> {
    const open = this.#state === 'open'
    this.#items.length = 0
    this.#error = undefined
    this.end()
    if (open) this.#options.leave('the reader left')
    return Promise.resolve(done)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #took(): void {
    this.#taken += 1
    if (this.#state === 'open' && this.#taken % this.#options.lot === 0)
      this.#options.credit(this.#options.lot)
  }

  #watch(): void {
    this.#timer ??= after(this.#options.idleMs, () => {
      this.fail(new CodedError('TIMEOUT', 'No item came in time.'))
      this.#options.leave('no item came in time')
    })
  }

  #quiet(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
