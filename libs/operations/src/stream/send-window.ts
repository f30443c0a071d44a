import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { CreditPayload } from './credit.ts'
import { STREAM_WINDOW } from './stream-limits.ts'

/** Where a stream continues that began at another producer. */
export interface SendPosition {
  /** Items sent so far. */
  readonly sent: number
  /** Number of the last item that the consumer accepts. */
  readonly upTo: number
}

/** The producer's half of a stream's flow control: numbers the items from 1 and knows the last one that the consumer's credit covers. */
export class SendWindow {
  readonly #size: number
  #sent: number
  #upTo: number
  /** The consumer sends absolute credits. */
  #absolute = false
  #waiting: Deferred<void> | undefined

  /** `size`: items that may be sent without credit. */
  constructor(size: number = STREAM_WINDOW, resume?: SendPosition) {
    this.#size = size
    this.#sent = resume?.sent ?? 0
    this.#upTo = resume?.upTo ?? size
  }

  /** Items sent so far; the number of the last one. */
  get sent(): number {
    return this.#sent
  }

  /** Number of the last item that the credit covers. */
  get upTo(): number {
    return this.#upTo
  }

  /** The credit covers one more item. */
  get isOpen(): boolean {
    return this.#sent < this.#upTo
  }

  /** Number of the last item that the consumer has read for certain: it is at most two windows behind its credit. */
  get readUpTo(): number {
    return Math.max(0, this.#upTo - 2 * this.#size)
  }

  /** Takes the number of one more item. Undefined when that is further beyond the credit than even a producer may be that does not wait. */
  take(): number | undefined {
    if (this.#sent >= this.#upTo + this.#size) return undefined
    this.#sent += 1
    return this.#sent
  }

  /** Undefined when the credit covers one more item; else resolves when it does, and rejects with the error of `close`. */
  room(): Promise<void> | undefined {
    if (this.isOpen) return undefined
    if (this.#waiting === undefined) {
      this.#waiting = deferred()
      this.#waiting.promise.catch(() => undefined)
    }
    return this.#waiting.promise
  }

  /** The consumer accepts items up to this number. A lower number than before changes nothing: credits may be repeated and may arrive late. */
  grant(upTo: number): void {
    this.#absolute = true
    this.#raise(upTo)
  }

  /** A `call.credit` of the socket protocol: the absolute number counts where it is given. */
  onCredit({ credits, upTo }: CreditPayload): void {
    if (upTo === undefined) this.#raise(this.#upTo + credits)
    else this.grant(upTo)
  }

  /**
   * The stream continues on another connection, and credits on the former one may be lost. An absolute credit is repeated by the
   * consumer. Of a relative one half a window is assumed: a stream that waits for a lost credit would never continue.
   */
  moveTo(): void {
    if (!this.#absolute) this.#raise(this.#sent + Math.floor(this.#size / 2))
  }

  /** Rejects a producer that waits for room. The error is made only if there is one: it costs more than the rest of a call's end. */
  close(error: () => Error): void {
    this.#waiting?.reject(error())
    this.#waiting = undefined
  }

  #raise(upTo: number): void {
    if (!(upTo > this.#upTo)) return
    this.#upTo = Math.min(upTo, Number.MAX_SAFE_INTEGER)
    if (!this.isOpen) return
    this.#waiting?.resolve()
    this.#waiting = undefined
  }
}
