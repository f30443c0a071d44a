import { mergeUsage, readEvent, usageOf } from './protocol.ts'
import type { EventFacts, Protocol } from './protocol.ts'
import { textBytes } from './text-bytes.ts'
import { member } from './usage.ts'
import type { Usage } from './usage.ts'

/** Adds up what the events of one stream say. */
export class StreamUsage {
  readonly #protocol: Protocol
  #usage: unknown
  #isStart = false
  /** Items of a response whose text came in pieces, or was counted with the whole item. */
  readonly #counted = new Set<unknown>()
  /** Bytes of text that the model wrote so far. */
  textBytes = 0
  isFinished = false
  /** The event after which nothing follows was seen. */
  isEnded = false
  isFailed = false
  /** The first event that reports an error. */
  failure: unknown

  constructor(protocol: Protocol) {
    this.#protocol = protocol
  }

  /** The tokens that the provider reported so far; undefined when it reported none. */
  get usage(): Usage | undefined {
    const usage = usageOf(this.#protocol, this.#usage)
    return usage && this.#isStart ? { ...usage, isStart: true } : usage
  }

  /** `data`: the parsed JSON of the event, or `[DONE]`. Undefined for an event after the last one, which says nothing. */
  take(data: unknown): EventFacts | undefined {
    if (this.isEnded) return undefined
    const read = readEvent(this.#protocol, data)
    const facts = { ...read, textBytes: read.textBytes + this.#wholeItem(data, read) }
    if (facts.usage !== undefined) {
      this.#usage = mergeUsage(this.#protocol, this.#usage, facts.usage)
      this.#isStart = facts.isStart === true
    }
    this.textBytes += facts.textBytes
    this.isFinished ||= facts.isFinished
    this.isEnded ||= facts.isLast
    if (facts.isError && !this.isFailed) this.failure = data
    this.isFailed ||= facts.isError
    return facts
  }

  /** Bytes of the text of an item that came without pieces. */
  #wholeItem(data: unknown, { textBytes: pieces }: EventFacts): number {
    if (this.#protocol !== 'responses') return 0
    const [type, at] = [member(data, 'type'), member(data, 'output_index')]
    if (pieces > 0) this.#counted.add(at)
    if (type !== 'response.output_item.done' || this.#counted.has(at)) return 0
    this.#counted.add(at)
    const item = member(data, 'item')
    return textBytes(member(item, 'content')) + textBytes(member(item, 'arguments'))
  }
}
