export interface StreamEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: string
}

/** Characters of one event at most; a longer one ends the stream. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024

/** Reads server-sent events from a text that arrives in pieces. */
export class EventParser {
  #rest = ''

  push(text: string): StreamEvent[] {
    this.#rest += text
    const blocks = this.#rest.split(/\r?\n\r?\n/)
    this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > MAX_EVENT_CHARACTERS) throw new Error('An event is too long.')
    return blocks.flatMap((block) => parseBlock(block) ?? [])
  }
}

function parseBlock(block: string): StreamEvent | undefined {
  let event = 'message'
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ''] = /^(\w+): ?(.*)$/s.exec(line) ?? []
    if (name === 'event') event = value
    else if (name === 'id') id = value
    else if (name === 'data') data.push(value)
  }
  return data.length === 0 ? undefined : { event, id, data: data.join('\n') }
}
