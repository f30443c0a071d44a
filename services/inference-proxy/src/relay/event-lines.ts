/** A line that is longer is passed on in pieces. */
const MAX_HELD_BYTES = 1024 * 1024
/** Of a line that is held in pieces, this much is looked at. */
const NEWLINE = 0x0a

/**
 * Follows an event stream of chat completions: gives out whole lines, so that an error event can be put behind them at any time, and
 * knows whether the answer has come to its end.
 */
export class EventLines {
  /** The pieces of a line whose end has not come; joined once, however many there are. */
  #held: Buffer[] = []
  #heldBytes = 0
  #skipping = false
  /** A finish reason or `[DONE]` was seen. */
  finished = false
  /** The provider reported an error in the stream. */
  failed = false

  /** The lines that are whole now. */
  push(chunk: Buffer): Buffer {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      this.#hold(chunk)
      if (this.#heldBytes <= MAX_HELD_BYTES) return Buffer.alloc(0)
      this.#skipping = true
      return this.#release()
    }
    this.#hold(chunk.subarray(0, end))
    const given = this.#release()
    this.#hold(chunk.subarray(end))
    this.#look(given)
    return given
  }

  /** What is left of a stream that has ended. */
  end(): Buffer {
    const rest = this.#release()
    this.#look(rest)
    return rest
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return
    this.#held.push(piece)
    this.#heldBytes += piece.length
  }

  #release(): Buffer {
    const [only] = this.#held
    const bytes = this.#held.length === 1 && only ? only : Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return bytes
  }

  #look(lines: Buffer): void {
    for (const line of lines.toString().split(/\r\n|\n|\r/)) {
      const skipped = this.#skipping
      this.#skipping = false
      if (skipped || !line.startsWith('data:')) continue
      const data = line.slice(5).trim()
      if (data === '[DONE]' || /"finish_reason"\s*:\s*"/.test(data)) this.finished = true
      if (data.startsWith('{') && /^\{\s*"error"\s*:\s*[{"]/.test(data)) this.failed = true
    }
  }
}
