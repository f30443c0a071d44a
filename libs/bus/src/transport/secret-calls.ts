import { callIdOf } from '../wire/frames.ts'
import type { Frame, RequestFrame } from '../wire/frames.ts'

/** Longer than a call and the memory of its answer can last. */
const REMEMBERED_MS = 15 * 60_000
const MAX_REMEMBERED = 100_000

export interface SecretCallsOptions {
  /** True when the operation of the request takes or gives a secret. */
  readonly isSecret: (request: RequestFrame) => boolean
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number
}

/**
 * The calls of which every frame travels sealed: those whose request this process sent for a marked operation, or received sealed.
 * When it can remember no more of them, every frame of every call is sealed until some are forgotten.
 */
export class SecretCalls {
  readonly #isSecret: (request: RequestFrame) => boolean
  readonly #now: () => number
  /** Call id to when it was seen first, oldest first. */
  readonly #seen = new Map<string, number>()

  constructor({ isSecret, now = () => performance.now() }: SecretCallsOptions) {
    this.#isSecret = isSecret
    this.#now = now
  }

  /** Is this frame, about to be sent, to be sealed? */
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

  /** A frame of this call came sealed. */
  remember(callId: string): void {
    if (this.#seen.has(callId)) return
    if (this.#seen.size >= MAX_REMEMBERED) this.#forget()
    if (this.#seen.size < MAX_REMEMBERED) this.#seen.set(callId, this.#now())
  }

  /** Drops what is old; true when there is room again. */
  #forget(): boolean {
    const before = this.#now() - REMEMBERED_MS
    for (const [call, at] of this.#seen) {
      if (at > before) break
      this.#seen.delete(call)
    }
    return this.#seen.size < MAX_REMEMBERED
  }
}
