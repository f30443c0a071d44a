import type { StreamPosition } from '../wire/frames.ts'

/** What an item that arrives is: the next one, one that came before, one after a gap, or one far beyond the credit given. */
export type Arrival = 'next' | 'duplicate' | 'gap' | 'overrun'

/** The reader's half of a stream's flow control: checks the numbers of the items and says when credit is due. */
export class ReceiveWindow {
  readonly #size: number
  #received = 0
  #upTo: number
  #announced = 0

  /** `size`: items that the producer may send without credit. */
  constructor(size: number) {
    this.#size = size
    this.#upTo = size
  }

  /** Items received so far. */
  get received(): number {
    return this.#received
  }

  get position(): StreamPosition {
    return { received: this.#received, upTo: this.#upTo }
  }

  /** The stream goes on at another instance: what the former one announced no longer counts. */
  onMoved(): void {
    this.#announced = 0
  }

  /** Counts an item that has arrived. */
  accept(seq: number): Arrival {
    if (seq <= this.#received) return 'duplicate'
    if (seq !== this.#received + 1) return 'gap'
    this.#received = seq
    return seq > this.#upTo + this.#size ? 'overrun' : 'next'
  }

  /** The reader has taken this item. Returns the `upTo` to be sent to the producer, or undefined while credit is not due. */
  onRead(seq: number): number | undefined {
    const upTo = seq + this.#size
    if (upTo - this.#upTo < this.#size / 2) return undefined
    this.#upTo = upTo
    return upTo
  }

  /**
   * The producer says how many items it has sent. Returns the number that it said before when those have still not arrived, which proves a
   * loss. The first word proves nothing: large items are fetched separately and may still be on their way.
   */
  onAnnounced(sent: number): number | undefined {
    if (this.#received < this.#announced) return this.#announced
    this.#announced = sent
    return undefined
  }
}
