import { CallError } from '../../../calls/call-error.ts'
import { MAX_TIMER_MS } from '../../../calls/call-limits.ts'
import type { OperationContext } from '../../../registry/types.ts'

/** Aborts when the caller does or when the time limit has passed; the limit can be restarted. */
export class TimeLimit {
  readonly #controller = new AbortController()
  readonly #caller: AbortSignal | undefined
  readonly #what: string
  readonly #deadline: number
  #timer: NodeJS.Timeout | undefined
  readonly #onAbort = (): void => {
    this.#controller.abort(this.#caller?.reason)
  }

  /** `what` ends the sentence "The time for ... is over". The caller's deadline cuts every wait. */
  constructor(context: OperationContext, what: string) {
    this.#what = what
    this.#deadline = context.deadline ?? Number.POSITIVE_INFINITY
    this.#caller = context.signal
    if (this.#caller?.aborted === true) this.#onAbort()
    else this.#caller?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Restarts the limit with this many milliseconds. */
  allow(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#controller.abort(
          new CallError('TIMEOUT', `The time for ${this.#what} is over.`, { timeoutMs: ms }),
        )
      },
      Math.max(0, Math.min(ms, this.#deadline - Date.now(), MAX_TIMER_MS)),
    )
  }

  /** Stops the time limit while only the caller is waited for. */
  pause(): void {
    clearTimeout(this.#timer)
  }

  /** Ends the limit permanently, and aborts work under the signal. */
  end(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#onAbort)
    this.#controller.abort(new CallError('ABORTED', `${this.#what} has ended.`))
  }
}
