import { parseJson } from '@alkdev/std'

/** An event that is longer passes in pieces that are not looked at. */
const MAX_EVENT_BYTES = 1024 * 1024
const NEWLINE = 0x0a
const RETURN = 0x0d

/** A piece of an event stream. */
export interface StreamPiece {
  readonly bytes: Buffer
  /** The data of a whole event: parsed, or the text of what is not JSON. Undefined for comments, for events without data, and for parts of an event that is too long. */
  readonly data?: unknown
}

/**
 * Cuts an event stream into whole events, whose bytes stay as they are. Comments between events are pieces of their own, so that they do
 * not wait for the next event.
 */
export class EventReader {
  /** Lines of an event whose end has not come, and the beginning of a line. */
  #held: Buffer[] = []
  #heldBytes = 0
  /** The beginning of a line whose end has not come is in `#held`. */
  #inLine = false
  /** Lines of an event were held that are not comments. */
  #inEvent = false
  #isTooLong = false
  /** A line ended with CR at the end of a chunk: an LF at the beginning of the next one belongs to it. */
  #endedWithReturn = false

  /** The pieces that are whole now. */
  push(chunk: Buffer): StreamPiece[] {
    const pieces: StreamPiece[] = []
    let at = 0
    if (this.#endedWithReturn && chunk[0] === NEWLINE) {
      // Its line was held, or given out already.
      const feed = chunk.subarray(0, 1)
      if (this.#held.length > 0) this.#hold(feed)
      else pieces.push({ bytes: feed })
      at = 1
    }
    if (chunk.length > 0) this.#endedWithReturn = false
    const hasReturns = chunk.includes(RETURN)
    while (at < chunk.length) {
      const end = hasReturns ? endOfLine(chunk, at) : afterNewline(chunk, at)
      if (end === undefined) {
        this.#hold(chunk.subarray(at))
        this.#inLine = true
        break
      }
      const line = chunk.subarray(at, end)
      this.#endedWithReturn = end === chunk.length && chunk[end - 1] === RETURN
      at = end
      this.#takeLine(line, pieces)
    }
    if (this.#heldBytes > MAX_EVENT_BYTES) {
      this.#isTooLong = true
      pieces.push({ bytes: this.#release() })
    }
    return pieces
  }

  /** What is left of a stream that has ended: an event without its end, or nothing. */
  end(): StreamPiece | undefined {
    const bytes = this.#release()
    if (bytes.length === 0) return undefined
    const data = this.#isTooLong ? undefined : dataOf(bytes)
    return data === undefined ? { bytes } : { bytes, data }
  }

  #takeLine(line: Buffer, pieces: StreamPiece[]): void {
    const whole = !this.#inLine
    this.#inLine = false
    if (whole && isBlank(line)) {
      this.#hold(line)
      const isEvent = this.#inEvent && !this.#isTooLong
      this.#inEvent = false
      this.#isTooLong = false
      const bytes = this.#release()
      const data = isEvent ? dataOf(bytes) : undefined
      pieces.push(data === undefined ? { bytes } : { bytes, data })
      return
    }
    this.#hold(line)
    if (!this.#inEvent && this.#held[0]?.[0] === 0x3a) pieces.push({ bytes: this.#release() })
    else this.#inEvent = true
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
  }

  #release(): Buffer {
    const [only] = this.#held
    const bytes = this.#held.length === 1 && only ? only : Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return bytes
  }
}

function afterNewline(chunk: Buffer, from: number): number | undefined {
  const at = chunk.indexOf(NEWLINE, from)
  return at < 0 ? undefined : at + 1
}

/** Where the line that begins at `from` ends, behind its line break; undefined when it does not. */
function endOfLine(chunk: Buffer, from: number): number | undefined {
  for (let at = from; at < chunk.length; at += 1) {
    if (chunk[at] === NEWLINE) return at + 1
    if (chunk[at] === RETURN) return chunk[at + 1] === NEWLINE ? at + 2 : at + 1
  }
  return undefined
}

function isBlank(line: Buffer): boolean {
  return line[0] === NEWLINE || line[0] === RETURN
}

function dataOf(event: Buffer): unknown {
  const lines = event
    .toString()
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
  const data = lines
    .flatMap((line) => (line.startsWith('data:') ? line.slice(5).replace(/^ /, '') : []))
    .join('\n')
  if (data === '') return undefined
  try {
    return parseJson(data)
  } catch {
    return data.trim()
  }
}
