import { parseJson } from '@alkdev/std'
import { EventReader } from '../relay/event-reader.ts'
import { chatUsage, responsesUsage } from '../usage/openai-usage.ts'
import { member } from '../usage/usage.ts'
import type { Usage } from '../usage/usage.ts'

/** A JSON answer that is longer is passed on without being read. */
const MAX_READ_BYTES = 4 * 1024 * 1024

/** Reads the usage of an answer that passes by: the member `usage` of a JSON text or of the events of a stream. */
export class UsageReader {
  readonly #events: EventReader | undefined
  #chunks: Buffer[] | undefined
  #bytes = 0
  #usage: unknown
  readonly #onData: (data: unknown) => void

  /** `type`: the content type of the answer. `onData` takes each parsed event, or the answer. */
  constructor(type: string, onData: (data: unknown) => void) {
    this.#onData = onData
    if (type.startsWith('text/event-stream')) this.#events = new EventReader()
    else if (/^application\/(?:.*\+)?json\b/.test(type)) this.#chunks = []
  }

  push(chunk: Buffer): void {
    for (const { data } of this.#events?.push(chunk) ?? []) {
      this.#onData(data)
      this.#usage =
        member(data, 'usage') ?? member(member(data, 'response'), 'usage') ?? this.#usage
    }
    if (this.#chunks === undefined) return
    this.#bytes += chunk.length
    if (this.#bytes > MAX_READ_BYTES) this.#chunks = undefined
    else this.#chunks.push(chunk)
  }

  /** The tokens that the answer reports; undefined when it reports none. */
  end(): Usage | undefined {
    if (this.#chunks !== undefined)
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
