import { CallError } from './call-error.ts'
import type { CallRespondedEvent } from './call-events.ts'
import { MAX_TIMER_MS, STREAM_TOLERANCE, STREAM_WINDOW } from './call-limits.ts'
import type { PendingRequest } from './pending-call.ts'
import type { ResponseEnvelope } from './response-envelope.ts'

/** What a stream tells its map. */
export interface StreamPort {
  /** The first `next()`: send the request. */
  start(): void
  /** The consumer takes more items. */
  credit(credits: number): void
  /** Stop the producer: sent when this side ends the stream. */
  abort(reason: string): void
  /** Called once, when the stream ends in whatever way. */
  ended(): void
}

interface Waiter {
  resolve(result: IteratorResult<ResponseEnvelope, void>): void
  reject(error: unknown): void
}

/** Items consumed before a credit frame is worth sending. */
const CREDIT_BATCH = STREAM_WINDOW / 2

/**
 * A subscription on the caller's side. Holds at most 64 items: the producer may send 32 unasked and then as many as the consumer has taken;
 * one that goes 32 beyond that ends the stream with OVERLOADED. Items that arrived in order are delivered before any end.
 */
export class PendingStream
  implements PendingRequest, AsyncIterableIterator<ResponseEnvelope, void>
{
  readonly #port: StreamPort
  readonly #idleTimeoutMs: number
  readonly #buffer: ResponseEnvelope[] = []
  readonly #waiters: Waiter[] = []
  #started = false
  #end: { readonly error?: CallError } | undefined
  #received = 0
  #taken = 0
  #granted = STREAM_WINDOW
  #idle: NodeJS.Timeout | undefined

  constructor(port: StreamPort, idleTimeoutMs: number) {
    this.#port = port
    this.#idleTimeoutMs = Math.min(idleTimeoutMs, MAX_TIMER_MS)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The first one sends the request. */
  next(): Promise<IteratorResult<ResponseEnvelope, void>> {
    if (!this.#started && this.#end === undefined) {
      this.#started = true
      this.#armIdle()
      this.#port.start()
    }
    const item = this.#buffer.shift()
    if (item !== undefined) {
      this.#take()
      return Promise.resolve({ done: false, value: item })
    }
    if (this.#end !== undefined) return this.#ending()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
    })
  }

  /** Leaving the loop: the producer is told to stop, what was not read is dropped. */
  return(): Promise<IteratorResult<ResponseEnvelope, void>> {
    this.#buffer.length = 0
    this.#stop({}, 'the consumer left')
    return Promise.resolve({ done: true, value: undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  responded(event: CallRespondedEvent): void {
    if (this.#end !== undefined) return
    const { seq } = event
    if (seq !== undefined && seq <= this.#received) return
    if (seq !== undefined && seq !== this.#received + 1) {
      this.#stop(
        { error: this.#gap(`item ${this.#received + 1} is missing`) },
        'an item is missing',
      )
      return
    }
    this.#received += 1
    if (this.#received > this.#granted + STREAM_TOLERANCE) {
      this.#stop(
        {
          error: new CallError(
            'OVERLOADED',
            'The provider sent more items than it was given credit for.',
            { received: this.#received, granted: this.#granted },
          ),
        },
        'the window was exceeded',
      )
      return
    }
    const waiter = this.#waiters.shift()
    if (waiter === undefined) this.#buffer.push(event.output)
    else {
      this.#take()
      waiter.resolve({ done: false, value: event.output })
    }
    this.#armIdle()
  }

  completed(count: number | undefined): void {
    this.#finish(
      count === undefined || count === this.#received
        ? {}
        : { error: this.#gap(`${count} items were sent, ${this.#received} arrived`) },
    )
  }

  fail(error: CallError): void {
    this.#finish({ error })
  }

  /** The consumer's own abort ends the iteration without an error. */
  aborted(): void {
    this.#buffer.length = 0
    this.#finish({})
  }

  #gap(message: string): CallError {
    return new CallError('PROVIDER_LOST', `The stream is incomplete: ${message}.`, {
      outcome: 'unknown',
      received: this.#received,
    })
  }

  #take(): void {
    this.#taken += 1
    const free = this.#taken + STREAM_WINDOW - this.#granted
    if (free < CREDIT_BATCH || this.#end !== undefined) return
    this.#granted += free
    this.#port.credit(free)
    this.#armIdle()
  }

  /** Runs only while the producer may send: a slow consumer is not the producer's idleness. */
  #armIdle(): void {
    clearTimeout(this.#idle)
    if (this.#end !== undefined || !this.#started || this.#received >= this.#granted) return
    this.#idle = setTimeout(() => {
      this.#stop(
        {
          error: new CallError('TIMEOUT', 'The subscription was idle for too long.', {
            idleTimeout: this.#idleTimeoutMs,
          }),
        },
        'idle time-out',
      )
    }, this.#idleTimeoutMs)
  }

  #stop(end: { readonly error?: CallError }, reason: string): void {
    const tell = this.#end === undefined && this.#started
    this.#finish(end)
    if (tell) this.#port.abort(reason)
  }

  #finish(end: { readonly error?: CallError }): void {
    if (this.#end !== undefined) return
    this.#end = end
    clearTimeout(this.#idle)
    this.#port.ended()
    for (const [index, waiter] of this.#waiters.splice(0).entries()) {
      if (index === 0 && end.error !== undefined) {
        this.#end = {}
        waiter.reject(end.error)
      } else waiter.resolve({ done: true, value: undefined })
    }
  }

  /** The error is thrown once; after it the iteration is over, as with any generator. */
  #ending(): Promise<IteratorResult<ResponseEnvelope, void>> {
    const error = this.#end?.error
    if (error === undefined) return Promise.resolve({ done: true, value: undefined })
    this.#end = {}
    return Promise.reject(error)
  }
}
