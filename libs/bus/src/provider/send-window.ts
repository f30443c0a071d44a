import type { CallError } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { StreamPosition } from '../wire/frames.ts'

/** The producer's half of a stream's flow control: numbers the items and knows up to which one the reader's credit goes. */
export class SendWindow {
  readonly #size: number
  #sent: number
  #upTo: number
  #waiting: Deferred<void> | undefined

  /** `size`: items that may be sent without credit. `resume`: where a stream goes on that began elsewhere. */
  constructor(size: number, resume?: StreamPosition) {
    this.#size = size
    this.#sent = resume?.received ?? 0
    this.#upTo = resume?.upTo ?? size
  }

  /** Items sent so far. */
  get sent(): number {
    return this.#sent
  }

  /** Number of the item up to which they may be sent. */
  get upTo(): number {
    return this.#upTo
  }

  /** Takes the number of one more item. Undefined when that is further beyond the credit than a producer may be that does not wait. */
  take(): number | undefined {
    this.#sent++
    return this.#sent > this.#upTo + this.#size ? undefined : this.#sent
  }

  /** Resolves when the credit allows one more item; rejects with the error of `close`. */
  room(): Promise<void> {
    if (this.#sent < this.#upTo) return Promise.resolve()
    if (this.#waiting === undefined) {
      this.#waiting = deferred()
      this.#waiting.promise.catch(() => undefined)
    }
    return this.#waiting.promise
  }

  /** Items may be sent up to this number. */
  grant(upTo: number): void {
    if (upTo <= this.#upTo) return
    this.#upTo = upTo
    if (this.#sent >= upTo) return
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  /** Rejects a producer that waits for room. The error is made only if there is one: it costs more than the rest of a call's end. */
  close(error: () => CallError): void {
    this.#waiting?.reject(error())
    this.#waiting = undefined
  }
}
