import { sharedNow } from '@alkdev/std'

/** Milliseconds between two checks. */
const EVERY_MS = 250

/**
 * The times at which the keys in use here expire. An expiry is not an entry of the change list, so each process keeps its own
 * timer: work that outlives a request is then checked again. At most `maxKeys` are kept; further ones are checked only at their next use.
 */
export class KeyExpiry {
  readonly #expired: (keyId: string) => void
  readonly #maxKeys: number
  readonly #times = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(maxKeys: number, expired: (keyId: string) => void) {
    this.#maxKeys = maxKeys
    this.#expired = expired
  }

  /** Records when the key expires (milliseconds since the epoch); undefined for one that does not. */
  note(keyId: string, expiresAtMs: number | undefined): void {
    if (expiresAtMs === undefined) {
      this.#times.delete(keyId)
    } else if (this.#times.size < this.#maxKeys || this.#times.has(keyId)) {
      this.#times.set(keyId, expiresAtMs)
      this.#timer ??= setInterval(() => this.look(sharedNow()), EVERY_MS).unref()
    }
  }

  /** Reports every key that has expired by then, once. */
  look(nowMs: number): void {
    for (const [keyId, expiresAtMs] of this.#times) {
      if (expiresAtMs > nowMs) continue
      this.#times.delete(keyId)
      this.#expired(keyId)
    }
    if (this.#times.size === 0) this.stop()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
