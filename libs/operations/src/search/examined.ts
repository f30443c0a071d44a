/** What a search examines before others have their turn: a fraction of a millisecond. */
const EXAMINED_PER_STEP = 4096
/** What a question to the caller about an entry counts: it costs many times what an entry does. */
export const ASKED = 16

/** Counts what a search examines, so that its steps have about the same length in all its parts. */
export class Examined {
  #entries = 0

  /** True when the step is over. */
  add(entries: number): boolean {
    this.#entries += entries
    if (this.#entries < EXAMINED_PER_STEP) return false
    this.#entries = 0
    return true
  }

  /** Examines `length` entries in pieces, from and to, each of at most one step. */
  *each(length: number, examine: (from: number, to: number) => void): Generator<void, void> {
    for (let from = 0; from < length; from += EXAMINED_PER_STEP) {
      const to = Math.min(from + EXAMINED_PER_STEP, length)
      examine(from, to)
      if (this.add(to - from)) yield
    }
  }
}
