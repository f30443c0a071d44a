import { setImmediate as nextTurn } from 'node:timers/promises'

/** Milliseconds of work after which to yield. */
const SLICE_MS = 8

/** For long work in small pieces: yields to the event loop between two of them. */
export class Turns {
  #since = performance.now()

  /** Await it between two pieces of work. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < SLICE_MS) return
    await nextTurn()
    this.#since = performance.now()
  }
}
