import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CodedError } from '@alkdev/errors'
import type { CallFrame, OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import { StreamReader } from '@alkdev/operations/stream'
import { compact } from '@alkdev/std'
import { after } from '../wire/timer.ts'

export interface DispatchedCallOptions {
  readonly requestId: string
  readonly operationId: string
  readonly spec: OperationSpec
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal | undefined
  /** Sends `call.<type>` to the spoke that executes it. */
  readonly send: (type: 'aborted' | 'credit', fields: Readonly<Record<string, unknown>>) => void
  readonly onEnd: (call: DispatchedCall) => void
}

/** A call that the test hub dispatched to a spoke: one answer, or items. */
export class DispatchedCall {
  readonly requestId: string
  readonly spec: OperationSpec
  readonly answer: Promise<ResponseEnvelope>
  /** The items of a subscription. */
  readonly items: StreamReader<ResponseEnvelope>
  readonly #options: DispatchedCallOptions
  readonly #answer = Promise.withResolvers<ResponseEnvelope>()
  readonly #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(options: DispatchedCallOptions) {
    const { requestId, spec, timeoutMs, signal } = options
    this.#options = options
    this.requestId = requestId
    this.spec = spec
    this.answer = this.#answer.promise
    this.answer.catch(() => undefined)
    this.items = new StreamReader<ResponseEnvelope>({
      idleTimeoutMs: DEFAULT_LIMITS.subscriptionIdleTimeoutMs,
      credit: (credit) => options.send('credit', { ...credit }),
      abort: (reason) => this.#giveUp(new CodedError('ABORTED', reason)),
      onEnd: () => undefined,
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

  /** The spoke continues it on another socket: the open credit is granted again. */
  resumed(): void {
    if (this.spec.type === 'subscription') this.items.onMoved()
  }

  /** A frame of the spoke about this call. */
  receive(frame: CallFrame): void {
    if (this.#ended) return
    const { type, payload } = frame
    if (type === 'call.responded') this.#responded(payload.output, payload.seq)
    else if (type === 'call.completed') {
      this.#end()
      this.items.complete(payload.count)
    } else if (type === 'call.error')
      this.fail(
        new CodedError(payload.code, payload.message, compact({ details: payload.details })),
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
    this.items.item(seq, output)
  }

  readonly #onAbort = (): void => {
    this.#giveUp(new CodedError('ABORTED', 'The caller left.'))
  }

  /** The caller no longer waits: aborts the call at the spoke. */
  #giveUp(error: CodedError): void {
    if (this.#ended) return
    this.#options.send('aborted', { reason: error.message })
    this.fail(error)
  }

  #end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#options.onEnd(this)
  }
}
