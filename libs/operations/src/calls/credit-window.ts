import type { CallError } from './call-error.ts'
import { STREAM_WINDOW } from './call-limits.ts'

/** Credits at most outstanding, whatever the peer grants. */
const MAX_CREDITS = 1_000_000

/** How many items a producer may still send; 32 at first. */
export class CreditWindow {
  #credits = STREAM_WINDOW
  #waiting: { resolve: () => void; reject: (error: CallError) => void } | undefined

  add(credits: number): void {
    this.#credits = Math.min(this.#credits + credits, MAX_CREDITS)
    if (this.#waiting === undefined) return
    this.#credits -= 1
    this.#waiting.resolve()
    this.#waiting = undefined
  }

  /** Undefined when an item may be sent now; else resolves when one may, and rejects when `close` was called. One waiter at a time. */
  take(): Promise<void> | undefined {
    if (this.#credits > 0) {
      this.#credits -= 1
      return undefined
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  close(error: CallError): void {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}
