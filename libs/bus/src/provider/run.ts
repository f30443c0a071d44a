import type { ResponseEnvelope } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { overloaded, toFrameError } from '../call-errors.ts'
import type { CallSink, ProvidedCall } from '../types.ts'
import type { AbortReceipt } from '../wire/frames.ts'
import type { Outlet } from './outlet.ts'

/** How long an aborted handler has to stop before the receipt says that it ignored the abort. */
const RECEIPT_MS = 2000

/** What became of a run, for the record. */
export interface RunOutcome {
  readonly output?: ResponseEnvelope
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown }
}

export interface RunOptions {
  readonly call: ProvidedCall
  readonly controller: AbortController
  readonly outlet: Outlet
  readonly depth: number
  /** Items that may be sent unasked. */
  readonly credits: number
  /** Size of the request; 0 within a process. */
  readonly bytes: number
  /** For a call that goes on here: items that the caller has. */
  readonly resumed?: number
  /** With `resumed`: the number of the item up to which the caller takes them. */
  readonly upTo?: number
  /** Told once, when the provider has ended the call. */
  onEnd(run: Run): void
  /** Told once, when the handler's signal is aborted. */
  onAbort(error: CallError): void
}

/** One attempt of a call in the provider's process: the sink that the provider ends it through. */
export class Run implements CallSink {
  readonly call: ProvidedCall
  readonly depth: number
  readonly arrivedAt = performance.now()
  readonly #options: RunOptions
  #state: 'queued' | 'started' | 'ended' = 'queued'
  #startedAt = 0
  #endedAt = 0
  #seq = 0
  #upTo: number
  #window: Deferred<void> | undefined
  #outcome: RunOutcome = {}
  #aborted: NodeJS.Timeout | undefined
  #silenced = false
  #receipt: AbortReceipt | undefined

  constructor(options: RunOptions) {
    this.#options = options
    this.call = options.call
    this.depth = options.depth
    this.#seq = options.resumed ?? 0
    this.#upTo = options.upTo ?? this.#seq + options.credits
    if (options.resumed !== undefined) this.started()
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  get isStarted(): boolean {
    return this.#state !== 'queued'
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

  /** Items sent so far. */
  get sent(): number {
    return this.#seq
  }

  get receipt(): AbortReceipt | undefined {
    return this.#receipt
  }

  /** Milliseconds left, or Infinity. */
  get leftMs(): number {
    const { timeoutMs } = this.call
    return timeoutMs === undefined ? Infinity : this.arrivedAt + timeoutMs - performance.now()
  }

  started(): void {
    if (this.#state !== 'queued') return
    this.#state = 'started'
    this.#startedAt = performance.now()
  }

  item(output: ResponseEnvelope): Promise<void> {
    if (this.#state === 'ended') return rejected(this.#endedError())
    if (this.#silenced) return rejected(CallError.from(this.#options.controller.signal.reason))
    this.started()
    this.#seq++
    if (this.#seq > this.#upTo + this.#options.credits) {
      this.fail(overloaded('The stream was sent faster than it was asked for.'))
      return rejected(this.#endedError())
    }
    this.#options.outlet.item(this.#seq, output)
    return this.room()
  }

  /** Number of the item up to which they may be sent. */
  get upTo(): number {
    return this.#upTo
  }

  /** Resolves when the caller's window allows one more item; rejects when the call has ended. */
  room(): Promise<void> {
    if (this.#seq < this.#upTo) return Promise.resolve()
    if (this.#window === undefined) {
      this.#window = deferred()
      this.#window.promise.catch(() => undefined)
    }
    return this.#window.promise
  }

  respond(output: ResponseEnvelope, executeMs?: number): void {
    if (!this.#end({ output })) return
    this.#settleAbort('ignored')
    if (this.#silenced) return
    const { queueMs, ranMs } = this.#times()
    this.#options.outlet.respond(output, queueMs, executeMs ?? ranMs)
  }

  complete(): void {
    if (!this.#end({})) return
    this.#settleAbort('ignored')
    if (!this.#silenced) this.#options.outlet.complete(this.#seq)
  }

  fail(error: unknown): void {
    const wire = toFrameError(error)
    if (!this.#end({ error: wire })) return
    this.#settleAbort('honoured')
    if (!this.#silenced) this.#options.outlet.fail(wire)
  }

  refuse(code: 'OVERLOADED' | 'PROVIDER_UNAVAILABLE', message: string, retryAfterMs = 1000): void {
    if (!this.#end({ error: { code, message } })) return
    this.#settleAbort('honoured')
    if (!this.#silenced) this.#options.outlet.refuse({ code, message, retryAfterMs })
  }

  /** The spoke that has this call is gone. */
  lost(reason: string): void {
    const started = this.#state === 'started'
    if (!this.#end({ error: { code: 'PROVIDER_LOST', message: reason } })) return
    this.#settleAbort('honoured')
    const error = new CallError('PROVIDER_LOST', reason)
    this.#options.controller.abort(error)
    this.#options.onAbort(error)
    if (this.#silenced) return
    if (started) this.#options.outlet.lost(reason)
    else {
      this.#options.outlet.refuse({
        code: 'PROVIDER_UNAVAILABLE',
        message: reason,
        retryAfterMs: 1000,
      })
    }
  }

  /** The call goes on in another run: this one ends without a word. */
  discard(): void {
    this.#silenced = true
    this.#end({})
  }

  /** More items may be sent, up to this number. */
  credit(upTo: number): void {
    if (upTo <= this.#upTo) return
    this.#upTo = upTo
    if (this.#seq >= upTo) return
    this.#window?.resolve()
    this.#window = undefined
  }

  /**
   * The caller wants no answer any more: the handler's signal aborts and the outlet gets the receipt, now or when the
   * handler has ended, at the latest after 2 s.
   */
  abort(error: CallError): void {
    if (this.#silenced) {
      if (this.#receipt !== undefined) this.#options.outlet.receipt(this.#receipt)
      return
    }
    this.#silenced = true
    if (this.#state === 'ended') {
      this.#tell('too-late')
      return
    }
    this.#aborted = setTimeout(() => this.#settleAbort('ignored'), RECEIPT_MS)
    this.#aborted.unref()
    const queued = this.#state === 'queued'
    this.#options.controller.abort(error)
    this.#options.onAbort(error)
    this.#window?.reject(error)
    this.#window = undefined
    if (queued) this.fail(error)
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
    this.#window?.reject(this.#endedError())
    this.#window = undefined
    this.#options.onEnd(this)
    return true
  }

  #settleAbort(receipt: AbortReceipt): void {
    if (this.#aborted === undefined) return
    clearTimeout(this.#aborted)
    this.#aborted = undefined
    this.#tell(receipt)
  }

  #tell(receipt: AbortReceipt): void {
    this.#receipt = receipt
    this.#options.outlet.receipt(receipt)
  }

  #endedError(): CallError {
    return new CallError('ABORTED', 'The call has ended.')
  }
}

/** A producer that does not wait for its items must not bring the process down. */
function rejected(reason: CallError): Promise<never> {
  const { promise, reject } = deferred<never>()
  promise.catch(() => undefined)
  reject(reason)
  return promise
}
