import type { Credit } from './credit.ts'
import { STREAM_WINDOW } from './stream-limits.ts'

/** The class of an arriving item: the next one, a duplicate, one after a gap, or one beyond the credit and its tolerance. */
export type Arrival = 'next' | 'duplicate' | 'gap' | 'overrun'

/** Where the consumer of a stream continues that began at another producer or connection. */
export interface ReceivePosition {
  /** Items received so far. */
  readonly received: number
  /** Items of them that the reader has taken. */
  readonly read: number
  /** Number of the last item that the producer may have been granted before. */
  readonly granted: number
}

/** The consumer's half of a stream's flow control: checks the numbers of the items and computes when credit is due. */
export class ReceiveWindow {
  readonly #size: number
  #received: number
  #read: number
  #upTo: number
  /** The highest credit that the producer can have: at a former connection that may be more than `upTo`. */
  #granted: number
  #resumed: boolean
  #announced = 0

  /** `size`: items that the producer may send without credit. */
  constructor(size: number = STREAM_WINDOW, resume?: ReceivePosition) {
    this.#size = size
    this.#received = resume?.received ?? 0
    this.#read = resume?.read ?? 0
    this.#upTo = this.#read + size
    this.#granted = Math.max(this.#upTo, resume?.granted ?? 0)
    this.#resumed = resume !== undefined
  }

  /** Items received so far; the number of the last one. */
  get received(): number {
    return this.#received
  }

  /** Number of the last item that the producer may send. */
  get upTo(): number {
    return this.#upTo
  }

  /** True when the producer may send, so that an idle stream is not caused by the reader. */
  get isOpen(): boolean {
    return this.#received < this.#upTo
  }

  /** Counts an item that has arrived. One without a number is the next one, except after a move, where nothing shows that none was lost. */
  accept(seq?: number): Arrival {
    const next = this.#received + 1
    if (seq === undefined) {
      if (this.#resumed) return 'gap'
    } else if (seq !== next) return seq < next ? 'duplicate' : 'gap'
    if (next > this.#granted + this.#size) return 'overrun'
    this.#received = next
    return 'next'
  }

  /** The producer says that it is done, and how many items there were if it counts. False when items are missing. */
  isComplete(count?: number): boolean {
    return count === undefined ? !this.#resumed : count === this.#received
  }

  /** The reader has taken `items` more. Returns the credit to send, or undefined while less than half a window is due. */
  read(items = 1): Credit | undefined {
    this.#read += items
    const credits = this.#read + this.#size - this.#upTo
    return credits < this.#size / 2 ? undefined : this.#open(credits)
  }

  /** The stream continues at another producer or connection: what the former one announced no longer counts. */
  onMoved(): void {
    this.#resumed = true
    this.#announced = 0
  }

  /**
   * The credit to send on a new connection, where credits of the former one may be lost: all that is open, with `credits` counted from
   * the last item received. Undefined when nothing is open; then credit is due when the reader reads.
   */
  reopen(): Credit | undefined {
    this.onMoved()
    const { upTo } = this.#open(this.#read + this.#size - this.#upTo)
    const credits = upTo - this.#received
    return credits < 1 ? undefined : { upTo, credits }
  }

  /**
   * The producer says how many items it has sent. Returns the number that it said before when those have still not arrived, which proves a
   * loss. The first announcement proves nothing: large items are fetched separately and may still be on their way.
   */
  onAnnounced(sent: number): number | undefined {
    if (this.#received < this.#announced) return this.#announced
    this.#announced = sent
    return undefined
  }

  #open(credits: number): Credit {
    this.#upTo += credits
    this.#granted = Math.max(this.#granted, this.#upTo)
    return { upTo: this.#upTo, credits }
  }
}
