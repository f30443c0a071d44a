import { parseJson } from '@alkdev/std'
import type { Protocol } from '../usage/protocol.ts'
import { listOf, member } from '../usage/usage.ts'

/** Characters of an answer that are kept. The call history keeps less of a long payload. */
const MAX_CHARACTERS = 64 * 1024

/** The prompt and the answer of a call, for the call history of a deployment that records them. */
export class CallContent {
  readonly request: unknown
  readonly #protocol: Protocol
  #whole: unknown
  #text = ''

  constructor(protocol: Protocol, request: Readonly<Record<string, unknown>>) {
    this.#protocol = protocol
    this.request = request
  }

  /** The whole answer, or the text of a stream as far as it came. Undefined without one. */
  get answer(): unknown {
    return this.#whole ?? (this.#text === '' ? undefined : { text: this.#text })
  }

  /** Takes a whole answer, or an event of a stream. */
  take(data: unknown, isEvent: boolean): void {
    if (!isEvent) this.#whole = copyOf(data)
    else if (this.#text.length < MAX_CHARACTERS)
      this.#text = (this.#text + textOf(this.#protocol, data)).slice(0, MAX_CHARACTERS)
  }
}

/** The history redacts a payload when it writes it; until then the answer may be used elsewhere. */
function copyOf(data: unknown): unknown {
  const text = JSON.stringify(data ?? null)
  return text.length > MAX_CHARACTERS ? { text: text.slice(0, MAX_CHARACTERS) } : parseJson(text)
}

/** What the model wrote in an event. */
function textOf(protocol: Protocol, data: unknown): string {
  const delta = member(data, 'delta')
  const found =
    protocol === 'responses'
      ? delta
      : protocol === 'messages'
        ? (member(delta, 'text') ?? member(delta, 'partial_json'))
        : listOf(member(data, 'choices'))
            .map((choice) => member(member(choice, 'delta'), 'content') ?? member(choice, 'text'))
            .filter((one) => typeof one === 'string')
            .join('')
  return typeof found === 'string' ? found : ''
}
