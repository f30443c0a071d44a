import { callIdOf } from '../wire/frames.ts'
import type { Frame, RequestFrame } from '../wire/frames.ts'

/** Longer than a call plus the time for which its answer is kept. */
const REMEMBERED_MS = 15 * 60_000
const MAX_REMEMBERED = 100_000

export interface SecretCallsOptions {
  /** True when the input or output of the operation contains a secret. */
  readonly isSecret: (request: RequestFrame) => boolean
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number
}

/**
 * The calls whose frames are all sealed: those whose request this process sent for a marked operation, or received sealed.
 * When its limit is reached, every frame of every call is sealed until some calls have expired.
 */
export class SecretCalls {
  readonly #isSecret: (request: RequestFrame) => boolean
  readonly #now: () => number
  /** Call id to the time at which it was first seen, oldest first. */
  readonly #seen = new Map<string, number>()

  constructor({ isSecret, now = () => performance.now() }: SecretCallsOptions) {
    this.#isSecret = isSecret
    this.#now = now
  }

  /** Must this outgoing frame be sealed? */
  covers(frame: Frame): boolean {
    const callId = callIdOf(frame)
    if (callId === undefined) return false
    if (this.#seen.has(callId)) return true
    if (frame.type === 'request' && this.#isSecret(frame)) {
      this.remember(callId)
      return true
    }
    return this.#seen.size >= MAX_REMEMBERED && !this.#forget()
  }

  /** A sealed frame of this call was received. */
  remember(callId: string): void {
    if (this.#seen.has(callId)) return
    if (this.#seen.size >= MAX_REMEMBERED) this.#forget()
    if (this.#seen.size < MAX_REMEMBERED) this.#seen.set(callId, this.#now())
  }

  /** Drops expired calls; true when there is space again. */
  #forget(): boolean {
    const before = this.#now() - REMEMBERED_MS
    for (const [call, at] of this.#seen) {
      if (at > before) break
      this.#seen.delete(call)
    }
    return this.#seen.size < MAX_REMEMBERED
  }
}
