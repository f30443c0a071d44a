import { readCharacters } from './trace-matcher.ts'
import type { TraceMatcher } from './trace-matcher.ts'

/** Bytes of earlier texts that are looked at again: seven characters, also where each is a long escape. */
const MAX_TAIL_BYTES = 128

/** One string of one event. */
export interface TextPlace {
  /** Takes these bytes of the string out when its event is given out. */
  cut(from: number, to: number): void
}

interface Segment {
  readonly place: TextPlace
  readonly bytes: Buffer
}

/** The text that the strings at one place of successive events make together, as far back as a trace can reach. */
export class ChannelText {
  readonly #matcher: TraceMatcher
  readonly #holdFrom: number
  #segments: Segment[] = []

  /** `holdFrom`: characters at the end of the text that may begin a trace, from which on the next event is awaited. */
  constructor(matcher: TraceMatcher, holdFrom: number) {
    this.#matcher = matcher
    this.#holdFrom = holdFrom
  }

  /** Cuts what is a trace in this string and in the earlier ones. True when the end of the text may be the beginning of a trace. */
  add(place: TextPlace, text: string): boolean {
    if (text !== '') this.#segments.push({ place, bytes: Buffer.from(text) })
    const bytes = Buffer.concat(this.#segments.map((segment) => segment.bytes))
    const characters = readCharacters(bytes, true)
    const traces = new Uint8Array(characters.count)
    this.#matcher.mark(characters, traces)
    for (const [at, trace] of traces.entries())
      if (trace === 1) this.#cut(characters.starts[at] ?? 0, characters.starts[at + 1] ?? 0)
    this.#forget(bytes.length - MAX_TAIL_BYTES)
    // An escape that the next string may complete is not a character yet: the text before it decides.
    return this.#matcher.mayBegin(readCharacters(bytes, false), this.#holdFrom) > 0
  }

  #cut(from: number, to: number): void {
    let start = 0
    for (const { place, bytes } of this.#segments) {
      const end = start + bytes.length
      if (from < end && to > start)
        place.cut(Math.max(from, start) - start, Math.min(to, end) - start)
      start = end
    }
  }

  /** Drops whole strings of the first `bytes` bytes. */
  #forget(bytes: number): void {
    let left = bytes
    while (this.#segments[0] !== undefined && this.#segments[0].bytes.length <= left) {
      left -= this.#segments[0].bytes.length
      this.#segments.shift()
    }
  }
}
