import { CallError } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'

/** How many more items a reader takes. */
export class CreditWindow {
  readonly #signal: AbortSignal
  #credits: number
  #waiting: Deferred<void> | undefined

  constructor(credits: number, signal: AbortSignal) {
    this.#credits = credits
    this.#signal = signal
    signal.addEventListener('abort', () => this.#waiting?.reject(signal.reason), { once: true })
  }

  /** The reader takes so many more. */
  add(credits: number): void {
    this.#credits = Math.min(this.#credits + credits, Number.MAX_SAFE_INTEGER)
    if (this.#credits <= 0) return
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  /** Uses up one; resolves when there is room for another. Rejects with the signal's reason. */
  async take(): Promise<void> {
    this.#credits -= 1
    if (this.#signal.aborted) throw CallError.from(this.#signal.reason)
    if (this.#credits > 0) return
    this.#waiting = deferred<void>()
    await this.#waiting.promise
  }
}
