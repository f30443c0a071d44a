import { parseJson } from '@alkdev/std'
import { EventReader } from '../relay/event-reader.ts'
import { LongEvents, usageAtEnd } from '../usage/long-events.ts'
import { chatUsage, responsesUsage } from '../usage/openai-usage.ts'
import { member } from '../usage/usage.ts'
import type { Usage } from '../usage/usage.ts'

/** Of a JSON answer that is longer, such as one with images, only the end is read. */
const MAX_READ_BYTES = 4 * 1024 * 1024
const TAIL_BYTES = 64 * 1024

/** Reads the usage of an answer that passes by: the member `usage` of a JSON text or of the events of a stream. */
export class UsageReader {
  readonly #events: EventReader | undefined
  #chunks: Buffer[] | undefined
  #bytes = 0
  #isTail = false
  readonly #long = new LongEvents()
  #usage: unknown
  readonly #onData: (data: unknown) => void

  /** `type`: the content type of the answer. `onData` takes each parsed event, or the answer. */
  constructor(type: string, onData: (data: unknown) => void) {
    this.#onData = onData
    if (type.startsWith('text/event-stream')) this.#events = new EventReader()
    else if (/^application\/(?:.*\+)?json\b/.test(type)) this.#chunks = []
  }

  push(chunk: Buffer): void {
    for (const { data, bytes } of this.#events?.push(chunk) ?? []) {
      if (data === undefined) {
        this.#usage = this.#long.take(bytes)?.usage ?? this.#usage
        continue
      }
      this.#onData(data)
      this.#usage =
        member(data, 'usage') ?? member(member(data, 'response'), 'usage') ?? this.#usage
    }
    if (this.#chunks === undefined) return
    this.#bytes += chunk.length
    this.#chunks.push(chunk)
    if (this.#bytes <= MAX_READ_BYTES) return
    this.#isTail = true
    const tail = Buffer.concat(this.#chunks.splice(0)).subarray(-TAIL_BYTES)
    // The rest of a large buffer would be kept with it.
    this.#chunks.push(Buffer.from(tail))
    this.#bytes = tail.length
  }

  /** The tokens that the answer reports; undefined when it reports none. */
  end(): Usage | undefined {
    if (this.#isTail) this.#usage = usageAtEnd(Buffer.concat(this.#chunks ?? []).toString())
    else if (this.#chunks !== undefined)
      try {
        const answer = parseJson(Buffer.concat(this.#chunks).toString())
        this.#onData(answer)
        this.#usage = member(answer, 'usage')
      } catch {
        return undefined
      }
    return responsesUsage(this.#usage) ?? chatUsage(this.#usage)
  }
}
