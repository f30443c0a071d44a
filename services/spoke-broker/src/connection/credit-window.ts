import { CallError } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'

/** How many more items a reader takes, and how long it may take none. */
export class CreditWindow {
  readonly #signal: AbortSignal
  readonly #idleTimeoutMs: number
  #credits: number
  #waiting: Deferred<void> | undefined

  /** `idleTimeoutMs`: milliseconds after which a reader that gives no credit is given up. */
  constructor(credits: number, idleTimeoutMs: number, signal: AbortSignal) {
    this.#credits = credits
    this.#idleTimeoutMs = idleTimeoutMs
    this.#signal = signal
    signal.addEventListener('abort', () => this.#waiting?.reject(signal.reason), { once: true })
  }

  /** The reader takes so many more. */
  add(credits: number): void {
    this.#credits = Math.min(this.#credits + credits, Number.MAX_SAFE_INTEGER)
    if (this.#credits > 0) this.#waiting?.resolve()
  }

  /** Uses up one; resolves when there is room for another. Rejects with the signal's reason, or TIMEOUT. */
  async take(): Promise<void> {
    this.#credits -= 1
    this.#signal.throwIfAborted()
    if (this.#credits > 0) return
    const waiting = deferred<void>()
    this.#waiting = waiting
    const timer = setTimeout(() => {
      const message = `The reader took nothing for ${this.#idleTimeoutMs} ms.`
      waiting.reject(new CallError('TIMEOUT', message))
    }, this.#idleTimeoutMs)
    try {
      await waiting.promise
    } finally {
      clearTimeout(timer)
      this.#waiting = undefined
    }
  }
}
