import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

/** An answer of a provider, as far as it is read. */
export interface UpstreamAnswer {
  readonly statusCode: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly body: Readable
}

/** An answer that is read whole. */
export interface WholeAnswer extends UpstreamAnswer {
  /** The bytes of a 2xx answer without a content-encoding; undefined for one over the limit. Rejects when the connection ends before it. `body` has none of them. */
  readonly whole: Promise<Buffer | undefined> | undefined
}

type Options = Omit<Dispatcher.DispatchOptions, 'signal'>

/**
 * Sends a request whose answer is read whole, at most `mostBytes`. Resolves with the head of the answer. The bytes of a good answer are collected as they come from
 * the socket: a stream for them takes more time than everything else of the request. Any other answer has a stream. Rejects with the reason of the signal, or
 * the error of the connection.
 */
export function exchangeWhole(
  dispatcher: Dispatcher,
  options: Options,
  mostBytes: number,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  const exchange = new WholeExchange(mostBytes, signal)
  dispatcher.dispatch(options, exchange)
  return exchange.answer
}

const NOTHING = new Readable({ read() {} })

class WholeExchange implements Dispatcher.DispatchHandler {
  readonly #head = Promise.withResolvers<WholeAnswer>()
  readonly #mostBytes: number
  readonly #signal: AbortSignal
  readonly #onAbort: () => void
  #controller: Dispatcher.DispatchController | undefined
  #whole: PromiseWithResolvers<Buffer | undefined> | undefined
  #body: Readable | undefined
  readonly #chunks: Buffer[] = []
  #bytes = 0

  constructor(mostBytes: number, signal: AbortSignal) {
    this.#mostBytes = mostBytes
    this.#signal = signal
    this.#onAbort = () => this.#controller?.abort(signal.reason)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  get answer(): Promise<WholeAnswer> {
    return this.#head.promise
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) this.#onAbort()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Dispatcher.ResponseData['headers'],
  ): void {
    if (statusCode < 200) return
    if (statusCode < 300 && headers['content-encoding'] === undefined) {
      this.#whole = Promise.withResolvers()
      // An answer whose head is refused has no reader.
      this.#whole.promise.catch(() => undefined)
      this.#head.resolve({ statusCode, headers, body: NOTHING, whole: this.#whole.promise })
      return
    }
    this.#body = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        controller.abort(error ?? new Error('The answer is not read any more.'))
        done(error)
      },
    })
    this.#head.resolve({ statusCode, headers, body: this.#body, whole: undefined })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body !== undefined) {
      if (!this.#body.push(chunk)) controller.pause()
      return
    }
    this.#bytes += chunk.length
    if (this.#bytes <= this.#mostBytes) {
      this.#chunks.push(chunk)
      return
    }
    this.#chunks.length = 0
    this.#whole?.resolve(undefined)
    controller.abort(new Error('The answer is too large.'))
  }

  onResponseEnd(): void {
    this.#end()
    this.#body?.push(null)
    const { length } = this.#chunks
    this.#whole?.resolve(length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end()
    this.#head.reject(error)
    this.#whole?.reject(error)
    this.#body?.destroy(error)
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
  }
}
