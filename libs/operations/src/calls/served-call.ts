import { deferred, must } from '@alkdev/std'
import { CallError } from './call-error.ts'
import { MAX_TIMER_MS } from './call-limits.ts'
import { abortError } from './abort-error.ts'
import type { CreditPayload } from '../stream/credit.ts'
import { SendWindow } from '../stream/send-window.ts'

/** A call that this side executes: the handlers of its caller's frames. */
export interface ServedRequest {
  aborted(reason: string | undefined): void
  credited(credit: CreditPayload): void
}

export interface ServedCallOptions {
  /** Milliseconds for the whole; undefined for none. */
  readonly timeoutMs: number | undefined
  /** Maximum milliseconds between two items, and for the caller to accept one; undefined for calls. */
  readonly idleTimeoutMs: number | undefined
  /** Sends the caller an end that the caller did not request. */
  readonly tell: (error: CallError) => void
}

/** One executed call: its clock, its signal, its window. It ends once. */
export class ServedCall implements ServedRequest {
  readonly #options: ServedCallOptions
  readonly #controller = new AbortController()
  readonly #window = new SendWindow()
  readonly #end = deferred<void>()
  #ended = false
  #total: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  /** Milliseconds since the epoch. */
  readonly deadline: number | undefined

  constructor(options: ServedCallOptions) {
    this.#options = options
    this.deadline = options.timeoutMs === undefined ? undefined : Date.now() + options.timeoutMs
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Resolves when the caller has the answer or no longer waits for one; the handler may still be running. */
  get end(): Promise<void> {
    return this.#end.promise
  }

  /** Starts the clock and the work; a call whose deadline has passed is not started. */
  async started(work: () => Promise<void>): Promise<void> {
    const { timeoutMs } = this.#options
    if (timeoutMs !== undefined && timeoutMs <= 0) {
      this.stop(new CallError('TIMEOUT', 'The time for the call was over before it started.'), true)
      return
    }
    if (timeoutMs !== undefined)
      this.#total = setTimeout(
        () =>
          this.stop(
            new CallError('TIMEOUT', 'The time for the call is over.', { timeoutMs }),
            true,
          ),
        Math.min(timeoutMs, MAX_TIMER_MS),
      )
    this.progressed()
    await work()
  }

  /** Items sent so far. */
  get sent(): number {
    return this.#window.sent
  }

  /** Resolves with the number of the next item when the caller's window covers it; rejects when the call has ended. */
  async nextSeq(): Promise<number> {
    if (this.#ended) throw abortError(this.signal)
    const room = this.#window.room()
    if (room !== undefined) {
      this.progressed()
      await room
    }
    return must(this.#window.take())
  }

  /** An item was sent, or credit for one arrived. */
  progressed(): void {
    const { idleTimeoutMs } = this.#options
    if (idleTimeoutMs === undefined || this.#ended) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(
      () =>
        this.stop(
          new CallError('TIMEOUT', 'The subscription was idle for too long.', {
            idleTimeout: idleTimeoutMs,
          }),
          true,
        ),
      Math.min(idleTimeoutMs, MAX_TIMER_MS),
    )
  }

  credited(credit: CreditPayload): void {
    this.#window.onCredit(credit)
    this.progressed()
  }

  aborted(reason: string | undefined): void {
    this.stop(new CallError('ABORTED', reason ?? 'The caller aborted the call.'), false)
  }

  /** Ends the call before its handler does: the signal is aborted with the error. */
  stop(error: CallError, tell: boolean): void {
    if (this.#ended) return
    this.#settle()
    this.#controller.abort(error)
    this.#window.close(() => error)
    if (tell) this.#options.tell(error)
  }

  /** The result of the handler has been sent. */
  finish(): void {
    if (!this.#ended) this.#settle()
  }

  #settle(): void {
    this.#ended = true
    clearTimeout(this.#total)
    clearTimeout(this.#idle)
    this.#end.resolve()
  }
}
