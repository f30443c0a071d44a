import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

const RETRY_AFTER_MS = 1000

/** Limits the event streams that one key has open in this process at the same time. */
export class StreamLimit {
  readonly #maxPerKey: number
  readonly #open = new Map<string, number>()

  constructor(maxPerKey: number) {
    this.#maxPerKey = maxPerKey
  }

  /**
   * Counts one more stream; call the returned function when the stream has ended. Throws RATE_LIMITED when the key has reached its limit.
   */
  enter({ id, keyId = id }: Identity): () => void {
    const open = this.#open.get(keyId) ?? 0
    if (open >= this.#maxPerKey)
      throw new CallError(
        'RATE_LIMITED',
        `This key has ${this.#maxPerKey} event streams open, which is as many as it may.`,
        { maxStreamsPerKey: this.#maxPerKey },
        { retryAfterMs: RETRY_AFTER_MS },
      )
    this.#open.set(keyId, open + 1)
    return () => {
      const left = (this.#open.get(keyId) ?? 1) - 1
      if (left > 0) this.#open.set(keyId, left)
      else this.#open.delete(keyId)
    }
  }
}
