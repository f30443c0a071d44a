import type { ResponseEnvelope } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { ItemQueue } from '@alkdev/operations/stream'
import type { BusSubscription } from '../call.ts'
import type { Consumer } from './consumer.ts'

type Item = { readonly seq: number; readonly envelope: ResponseEnvelope }

export interface SubscriptionOptions {
  readonly callId: string
  readonly idleTimeoutMs: number
  /** The reader has consumed one more item. */
  onRead(): void
  /** The reader has stopped, or has been idle for too long. */
  onLeave(reason: CallError): void
}

/**
 * The reader's side of a stream. Buffers items that were received and not read yet; credits keep them below twice the window. When no
 * item is received or read for `idleTimeoutMs` the call ends with TIMEOUT.
 */
export class Subscription implements BusSubscription, Consumer {
  readonly takes = 'stream'
  readonly callId: string
  readonly #options: SubscriptionOptions
  readonly #items: ItemQueue<Item>
  #timer: NodeJS.Timeout | undefined
  #activeAt = performance.now()

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.callId = options.callId
    this.#items = new ItemQueue(() => options.onRead())
    this.#watch(options.idleTimeoutMs)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Item>> {
    this.#activeAt = performance.now()
    return this.#items.next()
  }

  return(): Promise<IteratorResult<Item>> {
    if (!this.#items.ended)
      this.#options.onLeave(new CallError('ABORTED', 'The reader closed the stream.'))
    this.#items.leave()
    return Promise.resolve({ value: undefined, done: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  item(seq: number, envelope: ResponseEnvelope): void {
    this.#activeAt = performance.now()
    this.#items.push({ seq, envelope })
  }

  complete(): void {
    this.#end()
  }

  fail(error: CallError): void {
    this.#end(error)
  }

  /** A stream ends with `completed`, not with an answer. */
  respond(): void {
    this.#end(new CallError('EXECUTION_ERROR', 'A stream was answered as a call.'))
  }

  #end(error?: CallError): void {
    clearTimeout(this.#timer)
    this.#items.end(error)
  }

  /** One timer that is set again for the time left, instead of one per item. */
  #watch(ms: number): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#activeAt + this.#options.idleTimeoutMs - performance.now()
      if (leftMs > 1) return this.#watch(leftMs)
      const { idleTimeoutMs } = this.#options
      this.#options.onLeave(
        new CallError('TIMEOUT', `No item was received or read for ${idleTimeoutMs} ms.`, {
          idleTimeoutMs,
        }),
      )
    }, ms)
  }
}
