/** One event of a stream. */
export interface SSEEvent {
  readonly data: string
  /** `message` unless the stream named another. */
  readonly eventType: string
  /** The last id that the stream gave, with this event or before it. */
  readonly lastEventId: string
}

/**
 * Reads an event stream as WHATWG's HTML standard has it (section 9.2.6), in pieces cut anywhere: inside a line, between a carriage return
 * and its line feed, between a line and the blank line that ends its event. An event that the stream's end leaves unfinished is not one.
 */
export class SSEParser {
  readonly #maxChars: number
  /** The line that has begun. */
  #line = ''
  #started = false
  #afterReturn = false
  #data: string[] = []
  #chars = 0
  #type = ''
  #id: string | undefined
  #lastEventId: string
  #retryMs: number | undefined

  /** `push` throws RangeError when an event has more characters. `lastEventId` is that of the stream which this one continues with. */
  constructor(maxChars = Number.POSITIVE_INFINITY, lastEventId = '') {
    this.#maxChars = maxChars
    this.#lastEventId = lastEventId
  }

  get lastEventId(): string {
    return this.#lastEventId
  }

  /** Milliseconds to wait before opening the stream again, if the stream has said it. */
  get retryMs(): number | undefined {
    return this.#retryMs
  }

  /** The events that this piece completes. */
  push(text: string): SSEEvent[] {
    const events: SSEEvent[] = []
    let piece = text
    if (!this.#started && piece !== '') {
      this.#started = true
      if (piece.startsWith('\uFEFF')) piece = piece.slice(1)
    }
    if (this.#afterReturn && piece !== '') {
      this.#afterReturn = false
      if (piece.startsWith('\n')) piece = piece.slice(1)
    }
    let start = 0
    for (const { 0: end, index } of piece.matchAll(/\r\n|\r|\n/g)) {
      const event = this.#endOfLine(this.#line + piece.slice(start, index))
      this.#line = ''
      if (event !== undefined) events.push(event)
      start = index + end.length
      this.#afterReturn = end === '\r' && start === piece.length
    }
    this.#line += piece.slice(start)
    this.#bound(this.#line.length)
    return events
  }

  #bound(more: number): void {
    if (this.#chars + more > this.#maxChars)
      throw new RangeError(`an event has more than ${this.#maxChars} characters`)
  }

  #endOfLine(line: string): SSEEvent | undefined {
    if (line === '') return this.#dispatch()
    if (line.startsWith(':')) return undefined
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') {
      this.#bound(line.length)
      this.#chars += line.length
      this.#data.push(value)
    } else if (field === 'event') this.#type = value
    else if (field === 'id') {
      if (!value.includes('\0')) this.#id = value
    } else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value)
    return undefined
  }

  #dispatch(): SSEEvent | undefined {
    if (this.#id !== undefined) this.#lastEventId = this.#id
    const empty = this.#data.length === 0
    const data = this.#data.join('\n')
    const eventType = this.#type || 'message'
    this.#data = []
    this.#chars = 0
    this.#type = ''
    this.#id = undefined
    return empty ? undefined : { data, eventType, lastEventId: this.#lastEventId }
  }
}

/**
 * The complete events at the start of a text, and the rest, unread and unchanged: put what comes next behind it and parse again.
 * For whole streams `SSEParser` is the better tool: it reads each character once.
 */
export function parseSSEFrames(buffer: string): { events: SSEEvent[]; remaining: string } {
  const parser = new SSEParser()
  const boundary = /(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r|\n)/g
  let end = 0
  for (const match of buffer.matchAll(boundary)) end = match.index + match[0].length
  return { events: parser.push(buffer.slice(0, end)), remaining: buffer.slice(end) }
}
