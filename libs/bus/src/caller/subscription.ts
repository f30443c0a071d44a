import type { ResponseEnvelope } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { BusSubscription } from '../call.ts'
import type { Consumer } from './consumer.ts'

type Item = { readonly seq: number; readonly envelope: ResponseEnvelope }

export interface SubscriptionOptions {
  readonly callId: string
  readonly idleTimeoutMs: number
  /** The reader has taken the item of this `seq`. */
  onRead(seq: number): void
  /** The reader has left, or has been idle for too long. */
  onLeave(reason: CallError): void
}

/**
 * The reader's side of a stream. Holds what was received and not read yet, which credits keep below twice the window. When neither
 * an item came nor one was read for `idleTimeoutMs` the call ends with TIMEOUT.
 */
export class Subscription implements BusSubscription, Consumer {
  readonly takes = 'stream'
  readonly callId: string
  readonly #options: SubscriptionOptions
  readonly #items: Item[] = []
  readonly #readers: Deferred<IteratorResult<Item>>[] = []
  #timer: NodeJS.Timeout | undefined
  #activeAt = performance.now()
  #ended = false
  #error: CallError | undefined

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.callId = options.callId
    this.#watch(options.idleTimeoutMs)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Item>> {
    this.#activeAt = performance.now()
    const item = this.#items.shift()
    if (item !== undefined) {
      this.#options.onRead(item.seq)
      return Promise.resolve({ value: item, done: false })
    }
    if (this.#error !== undefined) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true })
    const reader = deferred<IteratorResult<Item>>()
    this.#readers.push(reader)
    return reader.promise
  }

  return(): Promise<IteratorResult<Item>> {
    this.#items.length = 0
    if (!this.#ended) this.#options.onLeave(new CallError('ABORTED', 'The reader left the stream.'))
    this.#error = undefined
    return Promise.resolve({ value: undefined, done: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  item(seq: number, envelope: ResponseEnvelope): void {
    this.#activeAt = performance.now()
    const reader = this.#readers.shift()
    if (reader === undefined) {
      this.#items.push({ seq, envelope })
      return
    }
    reader.resolve({ value: { seq, envelope }, done: false })
    this.#options.onRead(seq)
  }

  complete(): void {
    this.#end()
  }

  fail(error: CallError): void {
    this.#end(error)
  }

  /** A stream is completed and not answered. */
  respond(): void {
    this.#end(new CallError('EXECUTION_ERROR', 'A stream was answered as a call.'))
  }

  #end(error?: CallError): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    const [first, ...others] = this.#readers.splice(0)
    if (error !== undefined && first !== undefined) first.reject(error)
    else {
      if (error !== undefined) this.#error = error
      first?.resolve({ value: undefined, done: true })
    }
    for (const reader of others) reader.resolve({ value: undefined, done: true })
  }

  /** One timer that is set again for what is left, instead of one per item. */
  #watch(ms: number): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#activeAt + this.#options.idleTimeoutMs - performance.now()
      if (leftMs > 1) return this.#watch(leftMs)
      const { idleTimeoutMs } = this.#options
      this.#options.onLeave(
        new CallError('TIMEOUT', `Nothing moved for ${idleTimeoutMs} ms.`, { idleTimeoutMs }),
      )
    }, ms)
  }
}
