import { CallError } from '../calls/call-error.ts'
import type { Credit } from './credit.ts'
import { ItemQueue } from './item-queue.ts'
import { ReceiveWindow } from './receive-window.ts'
import { incompleteError, overrunError } from './stream-errors.ts'

/** The maximum of a timer (24 days); longer waits are shortened to it. */
const MAX_TIMER_MS = 2_147_483_647

export interface StreamReaderOptions {
  /** Milliseconds without an item while the producer may send, after which the stream ends with TIMEOUT. */
  readonly idleTimeoutMs: number
  /** Called at the first `next()`: makes the call. What it throws ends the stream. Absent when the call was made before. */
  start?(): void
  /** Sends a credit to the producer. */
  credit(credit: Credit): void
  /** This side has ended the stream: tells the producer to stop. */
  abort(reason: string): void
  /** Called once, when the stream has ended in any way. */
  onEnd(): void
}

/**
 * The reader's end of a subscription that was made on a connection. The producer may send 32 items without credit and then as far as the
 * reader has read; one that goes 32 beyond that ends the stream with PROVIDER_LOST, so at most 64 items wait here. Items that arrived in
 * order are delivered before any end.
 */
export class StreamReader<T>
  implements AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable
{
  readonly #options: StreamReaderOptions
  readonly #window = new ReceiveWindow()
  readonly #items: ItemQueue<T>
  #started = false
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(options: StreamReaderOptions) {
    this.#options = options
    this.#items = new ItemQueue(() => this.#onRead())
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The first one makes the call. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (!this.#started && !this.#items.ended) {
      this.#started = true
      this.#watchIdle()
      try {
        this.#options.start?.()
      } catch (error) {
        this.#end(error instanceof Error ? error : CallError.from(error))
      }
    }
    return this.#items.next()
  }

  /** Leaves the stream: the producer is asked to stop, and unread items are dropped. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#stop('the consumer left')
    this.#items.leave()
    return Promise.resolve({ done: true, value: undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** An item has arrived. Without a number it is the next one. */
  item(seq: number | undefined, item: T): void {
    if (this.#items.ended) return
    switch (this.#window.accept(seq)) {
      case 'next':
        this.#items.push(item)
        return this.#watchIdle()
      case 'gap':
        return this.#stop('an item is missing', this.#missing())
      case 'overrun':
        return this.#stop('the window was exceeded', overrunError(this.#window.received))
      default:
    }
  }

  /** The producer is done. `count`: the number of items that it sent. */
  complete(count: number | undefined): void {
    const { received } = this.#window
    const error = this.#window.isComplete(count)
      ? undefined
      : incompleteError(`${count} items were sent, ${received} arrived`, received)
    this.#end(error)
  }

  /** Ends the stream without notifying the producer. What arrived before is still read, then the error is thrown once. */
  fail(error: Error): void {
    this.#end(error)
  }

  /** Ends the stream without an error; what was not read is dropped, and the producer is not notified. */
  discard(): void {
    this.#end()
    this.#items.leave()
  }

  /** The producer continues on another connection, where it is sent all the credit that is open. */
  onMoved(): void {
    const credit = this.#window.reopen()
    if (credit !== undefined && !this.#items.ended) this.#options.credit(credit)
  }

  #missing(): CallError {
    const { received } = this.#window
    return incompleteError(`item ${received + 1} is missing`, received)
  }

  #onRead(): void {
    const credit = this.#window.read()
    if (credit === undefined || this.#items.ended) return
    this.#options.credit(credit)
    this.#watchIdle()
  }

  /** Runs only while the producer may send: a slow reader is not the producer's idleness. */
  #watchIdle(): void {
    clearTimeout(this.#idle)
    if (this.#items.ended || !this.#started || !this.#window.isOpen) return
    const { idleTimeoutMs } = this.#options
    this.#idle = setTimeout(
      () => {
        const message = 'The subscription was idle for too long.'
        this.#stop(
          'idle time-out',
          new CallError('TIMEOUT', message, { idleTimeout: idleTimeoutMs }),
        )
      },
      Math.min(idleTimeoutMs, MAX_TIMER_MS),
    )
  }

  /** Ends the stream on this side. */
  #stop(reason: string, error?: CallError): void {
    const wasOpen = (this.#started || this.#options.start === undefined) && !this.#items.ended
    this.#end(error)
    if (wasOpen) this.#options.abort(reason)
  }

  #end(error?: Error): void {
    if (this.#items.ended) return
    clearTimeout(this.#idle)
    this.#options.onEnd()
    this.#items.end(error)
  }
}
