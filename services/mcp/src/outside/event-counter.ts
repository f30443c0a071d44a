const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Counts what passes of one event stream: line ends, and the bytes of the event that has not ended. */
export class EventCounter {
  /** Since the end of the last event. */
  bytes = 0
  #isLineStart = true
  #wasReturn = false

  /** Counts a part of the stream. Gives its line ends, and the bytes of its longest event so far. */
  add(part: Uint8Array): { readonly lines: number; readonly longest: number } {
    let lines = 0
    let longest = this.bytes
    for (const byte of part) {
      this.bytes += 1
      const isReturn = byte === CARRIAGE_RETURN
      // The second byte of one line end.
      const isPair = byte === LINE_FEED && this.#wasReturn
      this.#wasReturn = isReturn
      if (isPair) continue
      const isEnd = isReturn || byte === LINE_FEED
      if (isEnd) lines += 1
      if (this.bytes > longest) longest = this.bytes
      if (isEnd && this.#isLineStart) this.bytes = 0
      this.#isLineStart = isEnd
    }
    return { lines, longest }
  }
}
