import { EventReader } from '../relay/event-reader.ts'
import type { StreamPiece } from '../relay/event-reader.ts'
import { StreamEvent } from '../redact/stream-event.ts'
import type { TextPlace } from '../redact/channel-text.ts'
import { isChecked } from './checked-texts.ts'

/** Bytes of events that wait; with more they are checked before the window is full. */
const MAX_HELD_BYTES = 256 * 1024
/** Milliseconds after which the next event ends a window. */
const MAX_WINDOW_MS = 1000
const MAX_LITERALS = 10_000

export interface CheckedStreamOptions {
  readonly windowCharacters: number
  readonly overlapCharacters: number
  /** Gives the texts that are redacted. Throws to end the stream. */
  readonly check: (texts: readonly string[], isLast: boolean) => Promise<readonly string[]>
  /** Takes the data of each event that goes out, as it goes out. */
  readonly onReleased?: ((data: unknown) => void) | undefined
}

interface Segment {
  /** Number of its event. */
  readonly at: number
  readonly text: string
  readonly place: TextPlace
}

/** A text that comes in strings at the same place of successive events. */
interface Channel {
  segments: Segment[]
  hasNew: boolean
}

/**
 * Holds the events of a stream until their texts are checked. They are checked when a window is full, when a second has passed, and at the
 * end. The last `overlapCharacters` of each text wait for the next window, so that what is not longer is seen whole before any of it goes out;
 * they go out, checked, when events of 256 KiB wait.
 * A text that was redacted once is redacted in all that follows.
 */
export class CheckedStream {
  readonly #options: CheckedStreamOptions
  readonly #reader = new EventReader()
  readonly #released = new EventReader()
  readonly #channels = new Map<string, Channel>()
  readonly #literals = new Set<string>()
  #held: StreamEvent[] = []
  /** Number of the first held event. */
  #first = 0
  #heldBytes = 0
  #newCharacters = 0
  #windowSince = performance.now()

  constructor(options: CheckedStreamOptions) {
    this.#options = options
  }

  /** What of the stream so far may go out. */
  async push(bytes: Buffer): Promise<Buffer> {
    for (const piece of this.#reader.push(bytes)) this.#take(piece)
    const isFull =
      this.#newCharacters >= this.#options.windowCharacters ||
      this.#heldBytes > MAX_HELD_BYTES ||
      (this.#newCharacters > 0 && performance.now() - this.#windowSince > MAX_WINDOW_MS)
    if (isFull) await this.#check(false)
    if (this.#heldBytes > MAX_HELD_BYTES) return this.#release(this.#first + this.#held.length)
    return this.#release(isFull ? this.#firstThatWaits() : this.#firstWithText())
  }

  /** The rest of a stream that has ended. */
  async end(): Promise<Buffer> {
    const last = this.#reader.end()
    if (last !== undefined) this.#take(last)
    await this.#check(true)
    return this.#release(this.#first + this.#held.length)
  }

  #take({ bytes }: StreamPiece): void {
    const event = new StreamEvent(bytes)
    const at = this.#first + this.#held.length
    this.#held.push(event)
    this.#heldBytes += bytes.length
    for (const { channel, text, place } of event.strings()) {
      if (text === '' || !channel.split('/').every(isChecked)) continue
      const known = this.#channels.get(channel)
      const found: Channel = known ?? { segments: [], hasNew: false }
      if (known === undefined) this.#channels.set(channel, found)
      found.segments.push({ at, text, place })
      found.hasNew = true
      this.#newCharacters += text.length
    }
  }

  async #check(isLast: boolean): Promise<void> {
    const channels = [...this.#channels.values()]
    const texts = channels.filter(({ hasNew }) => hasNew).map(textOf)
    if (texts.length > 0 || isLast) {
      const found = await this.#options.check(texts, isLast)
      for (const literal of found)
        if (this.#literals.size < MAX_LITERALS) this.#literals.add(literal)
    }
    for (const channel of channels) {
      channel.hasNew = false
      this.#cut(channel)
    }
    this.#newCharacters = 0
    this.#windowSince = performance.now()
  }

  #cut(channel: Channel): void {
    const text = textOf(channel)
    for (const literal of this.#literals)
      for (let from = text.indexOf(literal); from >= 0; from = text.indexOf(literal, from + 1))
        cutSegments(channel.segments, from, from + literal.length)
  }

  /** The first event with text that is not checked, or that may be the beginning of something longer. */
  #firstThatWaits(): number {
    const { overlapCharacters } = this.#options
    let first = this.#first + this.#held.length
    for (const { segments } of this.#channels.values()) {
      let characters = 0
      for (const { at, text } of segments.toReversed()) {
        if (characters >= overlapCharacters) break
        characters += text.length
        first = Math.min(first, at)
      }
    }
    return first
  }

  #firstWithText(): number {
    const firsts = [...this.#channels.values()].flatMap(({ segments }) => segments[0]?.at ?? [])
    return Math.min(this.#first + this.#held.length, ...firsts)
  }

  #release(until: number): Buffer {
    const out = this.#held.splice(0, until - this.#first)
    this.#first = until
    this.#heldBytes -= out.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const [name, channel] of this.#channels) {
      channel.segments = channel.segments.filter(({ at }) => at >= until)
      if (channel.segments.length === 0) this.#channels.delete(name)
    }
    const bytes = Buffer.concat(out.map((event) => event.written()))
    if (this.#options.onReleased !== undefined)
      for (const { data } of this.#released.push(bytes))
        if (data !== undefined) this.#options.onReleased(data)
    return bytes
  }
}

function textOf({ segments }: Channel): string {
  return segments.map(({ text }) => text).join('')
}

function cutSegments(segments: readonly Segment[], from: number, to: number): void {
  let start = 0
  for (const { text, place } of segments) {
    const [a, b] = [Math.max(from - start, 0), Math.min(to - start, text.length)]
    if (a < b) place.cut(Buffer.byteLength(text.slice(0, a)), Buffer.byteLength(text.slice(0, b)))
    start += text.length
  }
}
