import { CodedError } from '@alkdev/errors'
import {
  isResponseEnvelope,
  localEnvelope,
  mapError,
  isMismatchAccepted,
  outputFailures,
  UNREADABLE_ERROR,
} from '@alkdev/operations'
import type { CallRequestedEvent, ResponseEnvelope, Validator } from '@alkdev/operations'
import { SendWindow } from '@alkdev/operations/stream'
import type { CreditPayload } from '@alkdev/operations/stream'
import { must, sleep } from '@alkdev/std'
import type { SpokeContext, SpokeHandler, SpokeOperation } from '../define.ts'
import type { SpokeTracer } from '../tracing.ts'
import type { CallOptions } from '../wire/outgoing-calls.ts'
import { after } from '../wire/timer.ts'
import { abortable } from './abortable.ts'
import { completedText, errorText, respondedText } from './answer-frames.ts'
import type { CallOrigin } from './call-origin.ts'
import { CallTrace } from './call-trace.ts'

/** An operation with the compiled schema of its answers. */
export interface Offered {
  readonly spec: SpokeOperation
  readonly output: Validator
}

export interface IncomingCallHost {
  /** A call was aborted; its handler may still run. */
  aborted(): void
  /** The end of a resumable call: sent, and kept until it has arrived, with the items of its stream before it that may be lost. */
  keep(requestId: string, text: string, origin: CallOrigin, items: readonly string[]): void
  /** A handler threw something that is not a coded error; the caller does not learn what it was. */
  threw(operationId: string, error: unknown): void
  readonly tracer?: SpokeTracer | undefined
  /** The tracer of the author threw. */
  tracerThrew(error: unknown): void
}

/** Bytes buffered on the socket beyond which a stream does not send its next item. */
const mostBufferedBytes = 8 * 1024 * 1024
const bufferedCheckMs = 20

/** One call that the hub made to this spoke, from its start until its handler has ended. */
export class IncomingCall {
  origin: CallOrigin
  readonly requestId: string
  readonly resumable: boolean
  readonly #controller = new AbortController()
  readonly #request: CallRequestedEvent
  readonly #offered: Offered
  readonly #host: IncomingCallHost
  readonly #window = new SendWindow()
  /** The last items of a resumable stream, at most 64, which its reader may not have received yet. */
  readonly #unread: { readonly seq: number; readonly text: string }[] = []
  #wake: (() => void) | undefined
  #trace: CallTrace | undefined

  constructor(
    request: CallRequestedEvent,
    offered: Offered,
    origin: CallOrigin,
    host: IncomingCallHost,
  ) {
    this.requestId = request.requestId
    this.resumable = offered.spec.resumable === true
    this.origin = origin
    this.#request = request
    this.#offered = offered
    this.#host = host
  }

  /** No caller waits for its answer any more. */
  get aborted(): boolean {
    return this.#controller.signal.aborted
  }

  abort(code: string, reason: string): void {
    this.#controller.abort(new CodedError(code, reason))
    this.#host.aborted()
  }

  onCredit(credit: CreditPayload): void {
    this.#window.onCredit(credit)
    this.#forgetRead()
  }

  /** The call continues on another connection. Items that may be lost are sent again: the hub knows them by their number. */
  moveTo(origin: CallOrigin): void {
    this.origin = origin
    for (const { text } of this.#unread) origin.sendText(text)
    this.#window.moveTo()
    this.#forgetRead()
    this.#wake?.()
  }

  #forgetRead(): void {
    const { readUpTo } = this.#window
    const first = this.#unread.findIndex(({ seq }) => seq > readUpTo)
    this.#unread.splice(0, first < 0 ? this.#unread.length : first)
  }

  /** Runs the handler and sends its result. Never rejects. Resolves when the handler has ended, also if it ignores its signal. */
  async run(): Promise<void> {
    const { spec } = this.#offered
    const leftMs = timeLeft(this.#request)
    const timer =
      leftMs === undefined
        ? undefined
        : after(leftMs, () => this.abort('TIMEOUT', `${this.#name} ran out of time.`))
    const { requestId, operationId, traceparent } = this.#request
    this.#trace = CallTrace.start(
      this.#host.tracer,
      { requestId, operationId, traceparent },
      (error) => this.#host.tracerThrew(error),
    )
    try {
      const context = this.#context(leftMs)
      if (spec.type === 'subscription') await this.#stream(context)
      else {
        const handler = spec.handler as SpokeHandler<unknown>
        const { input } = this.#request
        const output = this.#envelope(await this.#traced(() => handler(input, context)))
        this.#end(respondedText(this.requestId, output, this.origin.maxPayloadBytes))
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      clearTimeout(timer)
      this.#trace?.end()
    }
  }

  /** Runs the code of the handler below the span of the call. */
  #traced<T>(work: () => T): T {
    return this.#trace === undefined ? work() : this.#trace.run(work)
  }

  /** Answers with the error that the handler threw. It can be any value, and reading it may throw as well. */
  #fail(thrown: unknown): void {
    const { signal } = this.#controller
    const { maxPayloadBytes } = this.origin
    let text: string
    try {
      // A handler that stops after an abort may throw any error.
      const aborted = signal.aborted && !(thrown instanceof CodedError)
      const mapped = mapError(aborted ? signal.reason : thrown, this.#offered.spec.errorSchemas)
      this.#trace?.end(mapped.code)
      text = errorText(this.requestId, mapped, maxPayloadBytes)
      if (mapped.code === 'EXECUTION_ERROR' || mapped.code === 'UNKNOWN_ERROR')
        this.#host.threw(this.#name, thrown)
    } catch {
      const unreadable = new CodedError('UNKNOWN_ERROR', UNREADABLE_ERROR)
      text = errorText(this.requestId, unreadable, maxPayloadBytes)
      this.#host.threw(this.#name, unreadable)
    }
    this.#end(text)
  }

  get #name(): string {
    return this.#request.operationId
  }

  async #stream(context: SpokeContext): Promise<void> {
    const { signal } = this.#controller
    const handler = this.#offered.spec.handler as SpokeHandler<unknown>
    const { input } = this.#request
    const items = (await this.#traced(() => handler(input, context))) as AsyncIterable<unknown>
    const iterator = items[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await abortable(
          this.#traced(() => iterator.next()),
          signal,
        )
        if (step.done === true) break
        const output = this.#envelope(step.value)
        // The wait follows the item, so that the end of a stream needs no credit.
        await this.#room()
        const seq = must(this.#window.take())
        const text = respondedText(this.requestId, output, this.origin.maxPayloadBytes, seq)
        // Kept before it is sent: without a socket it is sent on the next one.
        if (this.resumable) this.#unread.push({ seq, text })
        this.origin.sendText(text)
      }
    } finally {
      // Not awaited: a generator that never settles would delay the end.
      void Promise.resolve(iterator.return?.()).catch(() => undefined)
    }
    this.#end(completedText(this.requestId, this.#window.sent))
  }

  /** Waits until the reader's credit covers one more item and the socket, if there is one, can accept it. */
  async #room(): Promise<void> {
    const { signal } = this.#controller
    signal.throwIfAborted()
    for (let wait = this.#wait(); wait !== undefined; wait = this.#wait())
      await abortable(wait, signal)
    while (this.origin.open && this.origin.bufferedBytes > mostBufferedBytes)
      await sleep(bufferedCheckMs, signal)
  }

  /** A resumable stream waits for the next connection; any other ends with its connection. */
  #wait(): Promise<void> | undefined {
    if (!this.resumable || this.origin.open) return this.#window.room()
    return new Promise((resolve) => (this.#wake = resolve))
  }

  #end(text: string): void {
    const items = this.#unread.map((item) => item.text)
    if (this.resumable) this.#host.keep(this.requestId, text, this.origin, items)
    else this.origin.sendText(text)
  }

  #context(leftMs: number | undefined): SpokeContext {
    const request = this.#request
    const { signal } = this.#controller
    const deadline = leftMs === undefined ? undefined : Date.now() + leftMs
    const own = this.#trace?.traceparent
    const traceparent = own ?? request.traceparent
    const nested = (): CallOptions => ({
      parentRequestId: this.requestId,
      signal,
      // Without a span of this process, the hub continues the trace of the call itself.
      ...(own !== undefined && { traceparent: own }),
      ...(deadline !== undefined && { timeoutMs: Math.max(1, deadline - Date.now()) }),
    })
    return {
      requestId: this.requestId,
      ...(request.parentRequestId !== undefined && { parentRequestId: request.parentRequestId }),
      ...(request.identity !== undefined && { identity: request.identity }),
      ...(request.metadata !== undefined && { metadata: request.metadata }),
      ...(request.idempotencyKey !== undefined && { idempotencyKey: request.idempotencyKey }),
      ...(traceparent !== undefined && { traceparent }),
      ...(deadline !== undefined && { deadline }),
      signal,
      call: async <T>(operationId: string, input: unknown = {}) => {
        const envelope = await this.origin.calls.call(operationId, input, nested())
        return envelope.data as T
      },
      subscribe: <T>(operationId: string, input: unknown = {}) =>
        this.origin.calls.subscribe<T>(operationId, input, nested(), ({ data }) => data as T),
    }
  }

  #envelope(value: unknown): ResponseEnvelope {
    const envelope = isResponseEnvelope(value) ? value : localEnvelope(value ?? null, this.#name)
    // An adapter to an outside service has reported mismatches in `meta`.
    if (isMismatchAccepted(envelope)) return envelope
    const failures = outputFailures(envelope.data, this.#offered.output)
    if (failures === undefined) return envelope
    const paths = failures.map((error) => `${error.path || '/'} ${error.message}`)
    throw new CodedError(
      'EXECUTION_ERROR',
      `${this.#name} gave an answer that its own schema refuses: ${paths.slice(0, 10).join('; ')}`,
    )
  }
}

/** `timeoutMs` wins; a `deadline` counts from the sender's own `timestamp`, so that clocks need not agree. */
function timeLeft(request: CallRequestedEvent): number | undefined {
  if (request.timeoutMs !== undefined) return request.timeoutMs
  if (request.deadline === undefined) return undefined
  return Math.max(0, request.deadline - (request.timestamp ?? Date.now()))
}
