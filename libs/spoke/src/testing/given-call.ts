import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CodedError } from '@alkdev/errors'
import type { CallFrame, OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import { ItemStream } from '../wire/item-stream.ts'
import { after } from '../wire/timer.ts'

export interface GivenCallOptions {
  readonly requestId: string
  readonly operationId: string
  readonly spec: OperationSpec
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal | undefined
  /** Sends `call.<type>` to the spoke that works on it. */
  readonly tell: (type: 'aborted' | 'credit', fields: Readonly<Record<string, unknown>>) => void
  readonly onEnd: (call: GivenCall) => void
}

const window = DEFAULT_LIMITS.initialCredits

/** A call that the test hub gave to a spoke: one answer, or items. */
export class GivenCall {
  readonly requestId: string
  readonly spec: OperationSpec
  readonly answer: Promise<ResponseEnvelope>
  /** The items of a subscription. */
  readonly items: ItemStream<ResponseEnvelope>
  readonly #options: GivenCallOptions
  readonly #answer = Promise.withResolvers<ResponseEnvelope>()
  readonly #timer: ReturnType<typeof setTimeout> | undefined
  #received = 0
  #granted: number = window
  #ended = false

  constructor(options: GivenCallOptions) {
    const { requestId, spec, timeoutMs, signal } = options
    this.#options = options
    this.requestId = requestId
    this.spec = spec
    this.answer = this.#answer.promise
    this.answer.catch(() => undefined)
    this.items = new ItemStream<ResponseEnvelope>({
      start: () => {},
      credit: (credits) => {
        this.#granted += credits
        options.tell('credit', { credits, upTo: this.#granted })
      },
      leave: (reason) => this.#giveUp(new CodedError('ABORTED', reason)),
      mostHeld: 2 * window,
      lot: window / 2,
      idleMs: DEFAULT_LIMITS.subscriptionIdleTimeoutMs,
    })
    if (timeoutMs !== undefined)
      this.#timer = after(timeoutMs, () =>
        this.#giveUp(
          new CodedError('TIMEOUT', `${options.operationId} took more than ${timeoutMs} ms.`),
        ),
      )
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The spoke goes on with it at another socket: what is open is granted again. */
  resumed(): void {
    const credits = this.#granted - this.#received
    if (this.spec.type === 'subscription' && credits > 0)
      this.#options.tell('credit', { credits, upTo: this.#granted })
  }

  /** A frame of the spoke about this call. */
  receive(frame: CallFrame): void {
    if (this.#ended) return
    const { type, payload } = frame
    if (type === 'call.responded') this.#responded(payload.output, payload.seq)
    else if (type === 'call.completed') {
      if (payload.count !== undefined && payload.count !== this.#received) return this.#gap()
      this.#end()
      this.items.end()
    } else if (type === 'call.error')
      this.fail(
        new CodedError(
          payload.code,
          payload.message,
          payload.details === undefined ? {} : { details: payload.details },
        ),
      )
    else if (type === 'call.aborted')
      this.fail(new CodedError('ABORTED', payload.reason ?? 'The spoke aborted the call.'))
  }

  fail(error: CodedError): void {
    if (this.#ended) return
    this.#end()
    this.#answer.reject(error)
    this.items.fail(error)
  }

  #responded(output: ResponseEnvelope, seq: number | undefined): void {
    if (this.spec.type !== 'subscription') {
      this.#end()
      return this.#answer.resolve(output)
    }
    // Sent again after a reconnect.
    if (seq !== undefined && seq <= this.#received) return
    if (seq !== undefined && seq !== this.#received + 1) return this.#gap()
    this.#received += 1
    if (!this.items.push(output))
      this.#giveUp(new CodedError('OVERLOADED', 'The spoke sent more items than it was asked for.'))
  }

  #gap(): void {
    this.#giveUp(
      new CodedError('PROVIDER_LOST', 'Items of the stream were lost.', {
        details: { outcome: 'unknown', received: this.#received },
      }),
    )
  }

  readonly #onAbort = (): void => {
    this.#giveUp(new CodedError('ABORTED', 'The caller left.'))
  }

  /** Nobody waits any longer, and the spoke is told so. */
  #giveUp(error: CodedError): void {
    if (this.#ended) return
    this.#options.tell('aborted', { reason: error.message })
    this.fail(error)
  }

  #end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#options.onEnd(this)
  }
}
