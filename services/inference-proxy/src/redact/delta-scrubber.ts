import { ChannelText } from './channel-text.ts'
import { StreamEvent } from './stream-event.ts'
import type { TraceMatcher } from './trace-matcher.ts'

/** Events and bytes that wait at most; then the oldest is given out, and what follows is still looked at. */
const MAX_HELD_EVENTS = 64
const MAX_HELD_BYTES = 256 * 1024
const MAX_CHANNELS = 256
/** Bytes of an event that has not ended, beyond which it passes without being looked at. */
const MAX_EVENT_BYTES = 1024 * 1024
/** The end of a line and an empty line, after which an event ends. */
const EVENT_END = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)/g
/** Bytes of what came before in which the end of an event may begin. */
const END_OVERLAP = 3

/**
 * Takes traces of a secret out of the strings of an event stream where they are spread over several events, such as the deltas of a
 * text. An event whose text ends with half of a trace (4 characters) or more waits for the next one; other events pass at once and byte
 * for byte. So at most 3 characters of a trace in a row have been given out before it is known.
 */
export class DeltaScrubber {
  readonly #matcher: TraceMatcher
  readonly #channels = new Map<string, ChannelText>()
  /** The texts that may end with the beginning of a trace. */
  readonly #open = new Set<string>()
  #held: StreamEvent[] = []
  /** Lines of an event whose end has not come. */
  #begun: Buffer[] = []
  #begunBytes = 0
  #overlap: Buffer = Buffer.alloc(0)

  constructor(matcher: TraceMatcher) {
    this.#matcher = matcher
  }

  /** What of the stream so far may be given out. `lines`: whole lines. */
  push(lines: Buffer): Buffer {
    if (this.#matcher.isEmpty || lines.length === 0) return lines
    this.#begun.push(lines)
    this.#begunBytes += lines.length
    const probe = Buffer.concat([this.#overlap, lines]).toString('latin1')
    this.#overlap = Buffer.from(probe.slice(-END_OVERLAP), 'latin1')
    if (probe.search(EVENT_END) >= 0) this.#takeWhole()
    if (this.#begunBytes > MAX_EVENT_BYTES) return this.end()
    return this.#open.size > 0 ? this.#overflow() : this.#release(this.#held.length)
  }

  /** The rest, when the stream has ended or was cut. */
  end(): Buffer {
    const rest = Buffer.concat(this.#begun)
    this.#begun = []
    this.#begunBytes = 0
    this.#overlap = Buffer.alloc(0)
    if (rest.length > 0) this.#take(new StreamEvent(rest))
    this.#open.clear()
    return this.#release(this.#held.length)
  }

  /** Takes the events that are whole now. */
  #takeWhole(): void {
    const bytes = Buffer.concat(this.#begun)
    let start = 0
    for (const { 0: blank, index } of bytes.toString('latin1').matchAll(EVENT_END)) {
      this.#take(new StreamEvent(bytes.subarray(start, index + blank.length)))
      start = index + blank.length
    }
    const rest = bytes.subarray(start)
    this.#begun = rest.length === 0 ? [] : [rest]
    this.#begunBytes = rest.length
  }

  #take(event: StreamEvent): void {
    for (const { channel, text, place } of event.strings()) {
      const opened = this.#channel(channel).add(place, text)
      if (opened) this.#open.add(channel)
      else this.#open.delete(channel)
    }
    this.#held.push(event)
  }

  #channel(name: string): ChannelText {
    let channel = this.#channels.get(name)
    if (channel === undefined) {
      channel = new ChannelText(this.#matcher, Math.ceil(this.#matcher.size / 2))
      const [oldest] = this.#channels.keys()
      if (this.#channels.size >= MAX_CHANNELS && oldest !== undefined) {
        this.#channels.delete(oldest)
        this.#open.delete(oldest)
      }
      this.#channels.set(name, channel)
    }
    return channel
  }

  #overflow(): Buffer {
    let count = Math.max(0, this.#held.length - MAX_HELD_EVENTS)
    let bytes = this.#held.slice(count).reduce((sum, event) => sum + event.bytes, 0)
    while (bytes > MAX_HELD_BYTES) bytes -= this.#held[count++]?.bytes ?? bytes
    return this.#release(count)
  }

  #release(count: number): Buffer {
    const given = this.#held.slice(0, count)
    this.#held = this.#held.slice(count)
    return Buffer.concat(given.map((event) => event.written()))
  }
}
