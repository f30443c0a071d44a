import type { AbortReceipt } from '../wire/frames.ts'

/** What became of an abort, for those who wait to know. */
export class ReceiptWait {
  #receipt: AbortReceipt | undefined
  #waiting: ((receipt: AbortReceipt | undefined) => void)[] = []

  /** The provider's word; only the first counts. */
  told(receipt: AbortReceipt): void {
    if (this.#receipt !== undefined) return
    this.#receipt = receipt
    for (const tell of this.#waiting) tell(receipt)
    this.#waiting = []
  }

  /** Nobody will say any more. */
  giveUp(): void {
    for (const tell of this.#waiting) tell(undefined)
    this.#waiting = []
  }

  /** Undefined when nobody said so within `timeoutMs`. */
  within(timeoutMs: number): Promise<AbortReceipt | undefined> {
    if (this.#receipt !== undefined) return Promise.resolve(this.#receipt)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs)
      this.#waiting.push((receipt) => {
        clearTimeout(timer)
        resolve(receipt)
      })
    })
  }
}
