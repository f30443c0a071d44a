import type { AbortReceipt, CallFailure, TraceScope } from '@alkdev/contracts'
import type { ResponseEnvelope } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { overrunError, SendWindow } from '@alkdev/operations/stream'
import { deferred } from '@alkdev/std'
import { toFrameError } from '../call-errors.ts'
import type { CallSink, ProvidedCall } from '../provided-call.ts'
import type { FrameError, StreamPosition } from '../wire/frames.ts'
import type { ResponseSink } from './response-sink.ts'

/** How long an aborted handler has to stop before the receipt says that it ignored the abort. */
const RECEIPT_MS = 2000
/** When a refused call may be made again, unless more is known. */
const RETRY_AFTER_MS = 1000

/** The window already allows one more item. */
const OPEN: Promise<void> = Promise.resolve()

/** The end of a run, for the record. */
export interface RunOutcome {
  readonly output?: ResponseEnvelope
  readonly error?: CallFailure
}

export interface RunOptions {
  readonly call: ProvidedCall
  readonly controller: AbortController
  readonly sink: ResponseSink
  /** Where the trace of the call is recorded: its handler runs in it. */
  readonly scope?: TraceScope | undefined
  /** Items that may be sent without credit. */
  readonly windowSize: number
  /** Size of the request; 0 within a process. */
  readonly bytes: number
  /** For a call that continues here. */
  readonly resume?: StreamPosition | undefined
  /** The call is finished, and its answer kept, when the process of the caller is gone. */
  readonly finishes?: boolean | undefined
  /** Milliseconds within which the provider is expected back; undefined when that is not known. */
  expectedInMs(): number | undefined
  /** Called once, when the provider has ended the call. */
  onEnd(run: Run): void
  /** Called once, when the handler's signal is aborted. */
  onAbort(error: CallError): void
}

/** One attempt of a call in the provider's process: the sink through which the provider ends it. */
export class Run implements CallSink {
  readonly call: ProvidedCall
  readonly arrivedAt = performance.now()
  readonly #options: RunOptions
  readonly #window: SendWindow
  #state: 'queued' | 'started' | 'ended' = 'queued'
  #startedAt = 0
  #endedAt = 0
  #outcome: RunOutcome = {}
  #aborted: NodeJS.Timeout | undefined
  #silenced = false
  #orphaned = false
  #receipt: AbortReceipt | undefined

  constructor(options: RunOptions) {
    this.#options = options
    this.call = options.call
    const { resume, windowSize } = options
    const position = resume && { sent: resume.received, upTo: resume.upTo }
    this.#window = new SendWindow(windowSize, position)
    if (resume !== undefined) this.started()
  }

  get scope(): TraceScope | undefined {
    return this.#options.scope
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  get bytes(): number {
    return this.#options.bytes
  }

  get outcome(): RunOutcome {
    return this.#outcome
  }

  get endedAt(): number {
    return this.#endedAt
  }

  get window(): SendWindow {
    return this.#window
  }

  /** It goes on, and its answer is kept, when the process of its caller is gone. */
  get finishes(): boolean {
    return this.#options.finishes === true && !this.#silenced
  }

  /** Only this process has the call now. */
  get orphaned(): boolean {
    return this.#orphaned
  }

  get receipt(): AbortReceipt | undefined {
    return this.#receipt
  }

  /** Milliseconds left, or Infinity. */
  get leftMs(): number {
    const { remainingMs } = this.call
    return remainingMs === undefined ? Infinity : this.arrivedAt + remainingMs - performance.now()
  }

  started(): void {
    if (this.#state !== 'queued') return
    this.#state = 'started'
    this.#startedAt = performance.now()
  }

  item(output: ResponseEnvelope): Promise<void> {
    if (this.#state === 'ended') return rejected(endedError())
    if (this.#silenced) return rejected(CallError.from(this.#options.controller.signal.reason))
    this.started()
    const seq = this.#window.take()
    if (seq === undefined) {
      this.fail(overrunError(this.#window.sent))
      return rejected(endedError())
    }
    this.#options.sink.item(seq, output)
    return this.#window.room() ?? OPEN
  }

  respond(output: ResponseEnvelope, executeMs?: number): void {
    if (!this.#end({ output })) return
    this.#settleAbort('ignored')
    if (this.#silenced) return
    const { queueMs, ranMs } = this.#times()
    this.#options.sink.respond(output, queueMs, executeMs ?? ranMs)
  }

  complete(): void {
    if (!this.#end({})) return
    this.#settleAbort('ignored')
    if (!this.#silenced) this.#options.sink.complete(this.#window.sent)
  }

  fail(error: unknown): void {
    const wire = toFrameError(error)
    if (!this.#end({ error: wire })) return
    this.#settleAbort('honoured')
    if (!this.#silenced) this.#options.sink.fail(wire)
  }

  refuse(
    code: 'OVERLOADED' | 'PROVIDER_UNAVAILABLE',
    message: string,
    retryAfterMs = this.#retryAfterMs,
  ): void {
    if (!this.#end({ error: { code, message } })) return
    this.#settleAbort('honoured')
    if (!this.#silenced) this.#options.sink.refuse({ code, message, retryAfterMs })
  }

  /** The spoke that has this call is lost. */
  lost(reason: string): void {
    const started = this.#state === 'started'
    if (!this.#end({ error: { code: 'PROVIDER_LOST', message: reason } })) return
    this.#settleAbort('honoured')
    const error = new CallError('PROVIDER_LOST', reason)
    this.#options.controller.abort(error)
    this.#options.onAbort(error)
    if (this.#silenced) return
    if (started) this.#options.sink.lost(reason)
    else this.#options.sink.refuse(notStarted(reason, this.#retryAfterMs))
  }

  /** The process of the caller is gone, and the call goes on. */
  orphan(): void {
    this.#orphaned = true
  }

  /** Ends the call with an error that can be collected, and aborts the handler. */
  cutOff(error: CallError): void {
    if (this.#state === 'ended') return
    this.fail(error)
    this.#options.controller.abort(error)
    this.#options.onAbort(error)
  }

  /** The call continues in another run: this one ends without sending anything. */
  discard(): void {
    this.#silenced = true
    this.#end({})
  }

  /**
   * The caller no longer wants an answer: the handler's signal aborts and the sink gets the receipt, now or when the
   * handler has ended, at the latest after 2 s.
   */
  abort(error: CallError): void {
    if (this.#silenced) {
      if (this.#receipt !== undefined) this.#options.sink.receipt(this.#receipt)
      return
    }
    this.#silenced = true
    if (this.#state === 'ended') {
      this.#sendReceipt('too-late')
      return
    }
    this.#aborted = setTimeout(() => this.#settleAbort('ignored'), RECEIPT_MS)
    this.#aborted.unref()
    const queued = this.#state === 'queued'
    this.#options.controller.abort(error)
    this.#options.onAbort(error)
    this.#window.close(() => error)
    if (queued) this.fail(error)
  }

  get #retryAfterMs(): number {
    return this.#options.expectedInMs() ?? RETRY_AFTER_MS
  }

  #times(): { readonly queueMs: number; readonly ranMs: number } {
    const startedAt = this.#startedAt === 0 ? this.#endedAt : this.#startedAt
    return { queueMs: startedAt - this.arrivedAt, ranMs: this.#endedAt - startedAt }
  }

  #end(outcome: RunOutcome): boolean {
    if (this.#state === 'ended') return false
    this.#state = 'ended'
    this.#endedAt = performance.now()
    this.#outcome = outcome
    this.#window.close(endedError)
    this.#options.onEnd(this)
    return true
  }

  #settleAbort(receipt: AbortReceipt): void {
    if (this.#aborted === undefined) return
    clearTimeout(this.#aborted)
    this.#aborted = undefined
    this.#sendReceipt(receipt)
  }

  #sendReceipt(receipt: AbortReceipt): void {
    this.#receipt = receipt
    this.#options.sink.receipt(receipt)
  }
}

function notStarted(reason: string, retryAfterMs: number): FrameError {
  return { code: 'PROVIDER_UNAVAILABLE', message: reason, retryAfterMs }
}

function endedError(): CallError {
  return new CallError('ABORTED', 'The call has ended.')
}

/** A producer that does not await its items must not end the process. */
function rejected(reason: CallError): Promise<never> {
  const { promise, reject } = deferred<never>()
  promise.catch(() => undefined)
  reject(reason)
  return promise
}
