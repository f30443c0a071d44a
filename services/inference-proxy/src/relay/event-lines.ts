/** A line that is longer is passed on in pieces. */
const MAX_HELD_BYTES = 1024 * 1024
/** Of a line that is held in pieces, this much is looked at. */
const NEWLINE = 0x0a

/**
 * Follows an event stream of chat completions: gives out whole lines, so that an error event can be put behind them at any time, and
 * knows whether the answer has come to its end.
 */
export class EventLines {
  #held: Buffer = Buffer.alloc(0)
  #skipping = false
  /** A finish reason or `[DONE]` was seen. */
  finished = false
  /** The provider told of an error in the stream. */
  failed = false

  /** The lines that are whole now. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    if (end === 0 && bytes.length > MAX_HELD_BYTES) {
      this.#skipping = true
      this.#held = Buffer.alloc(0)
      return bytes
    }
    this.#held = bytes.subarray(end)
    const given = bytes.subarray(0, end)
    this.#look(given)
    return given
  }

  /** What is left of a stream that has ended. */
  end(): Buffer {
    this.#look(this.#held)
    const rest = this.#held
    this.#held = Buffer.alloc(0)
    return rest
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
