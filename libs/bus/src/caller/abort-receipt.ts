import type { AbortReceipt } from '@alkdev/contracts'

/** The receipt of an abort, for the callers that wait for it. */
export class ReceiptWait {
  #receipt: AbortReceipt | undefined
  #waiting: ((receipt: AbortReceipt | undefined) => void)[] = []

  /** Records the provider's receipt; later ones are ignored. */
  onReceipt(receipt: AbortReceipt): void {
    if (this.#receipt !== undefined) return
    this.#receipt = receipt
    this.#resolveAll(receipt)
  }

  /** No receipt will arrive: resolves all waiters with undefined. */
  giveUp(): void {
    this.#resolveAll(undefined)
  }

  /** Undefined when no receipt arrived within `timeoutMs`. */
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

  #resolveAll(receipt: AbortReceipt | undefined): void {
    for (const resolve of this.#waiting) resolve(receipt)
    this.#waiting = []
  }
}
