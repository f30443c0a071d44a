import type { StreamPiece } from '../relay/event-reader.ts'
import { listOf, member, plainText } from '../usage/usage.ts'
import type { AskedProtocol } from './translated-into.ts'

/** The events that the AI SDK reads in place of one of a provider. Undefined: the event as it is. */
export type Completed = readonly object[] | undefined

/**
 * Adds to the events of a provider what the packages of the AI SDK need and some providers leave out: the usage of a message, and the text of a
 * response that comes only with its item, or only with the whole response. One for each stream.
 */
export function eventCompleter(into: AskedProtocol): (data: unknown) => Completed {
  if (into === 'messages') return withUsage
  if (into !== 'responses') return () => undefined
  const gaps = new ResponseGaps()
  return (data) => gaps.take(data)
}

/** The bytes of a piece of a stream, completed. */
export function completedBytes(
  { bytes, data }: StreamPiece,
  complete: (data: unknown) => Completed,
): Buffer {
  const events = data === undefined ? undefined : complete(data)
  if (events === undefined) return bytes
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
}

/** A whole message with a usage. Its tokens are not the ones that are recorded. */
export function completeMessage(message: unknown): unknown {
  return lacksCounts(member(message, 'usage'), ['input_tokens', 'output_tokens'])
    ? { ...(message as object), usage: countsOf(member(message, 'usage')) }
    : message
}

function withUsage(data: unknown): Completed {
  const type = member(data, 'type')
  if (type === 'message_start') {
    const message = member(data, 'message')
    if (!lacksCounts(member(message, 'usage'), ['input_tokens'])) return undefined
    const usage = countsOf(member(message, 'usage'))
    return [{ ...(data as object), message: { ...(message as object), usage } }]
  }
  if (type !== 'message_delta' || !lacksCounts(member(data, 'usage'), ['output_tokens']))
    return undefined
  return [{ ...(data as object), usage: countsOf(member(data, 'usage')) }]
}

function lacksCounts(usage: unknown, names: readonly string[]): boolean {
  return names.some((name) => typeof member(usage, name) !== 'number')
}

function countsOf(usage: unknown): object {
  const count = (name: string): number => {
    const value = member(usage, name)
    return typeof value === 'number' ? value : 0
  }
  return {
    ...(usage as object | undefined),
    input_tokens: count('input_tokens'),
    output_tokens: count('output_tokens'),
  }
}

/** Events of a response that bring a text in pieces, and the kind of its place. */
const DELTAS: Readonly<Record<string, string>> = {
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'text',
  'response.reasoning_summary_text.delta': 'summary',
}

/** Finds what the events of a response did not bring when its item, or the whole response, does. */
class ResponseGaps {
  readonly #opened = new Set<number>()
  readonly #ended = new Set<number>()
  readonly #given = new Set<string>()

  take(data: unknown): Completed {
    const type = plainText(data, 'type')
    const at = member(data, 'output_index')
    if (type === 'response.completed' || type === 'response.incomplete') return this.#rest(data)
    if (typeof at !== 'number') return undefined
    const kind = DELTAS[type]
    if (kind !== undefined)
      this.#given.add(
        placeOf(kind, at, member(data, `${kind === 'text' ? 'content' : kind}_index`)),
      )
    else if (type === 'response.output_item.added') this.#opened.add(at)
    else if (type === 'response.output_item.done') return this.#item(at, member(data, 'item'), data)
    return undefined
  }

  /** The items of the whole response that had no events of their own, and the event itself. */
  #rest(data: unknown): Completed {
    const items = listOf(member(member(data, 'response'), 'output'))
    const missing = items.flatMap((item, at) =>
      this.#ended.has(at)
        ? []
        : (this.#item(at, item, { type: 'response.output_item.done', output_index: at, item }) ??
          []),
    )
    return missing.length === 0 ? undefined : [...missing, data as object]
  }

  #item(at: number, item: unknown, done: unknown): Completed {
    const isOpened = this.#opened.has(at)
    this.#opened.add(at)
    this.#ended.add(at)
    const id = member(item, 'id')
    const place = { output_index: at, item_id: typeof id === 'string' ? id : `item_${at}` }
    const texts =
      member(item, 'type') === 'reasoning'
        ? this.#summaries(at, item, place)
        : this.#texts(at, item, place)
    if (isOpened && texts.length === 0) return undefined
    const opened = isOpened
      ? []
      : [{ type: 'response.output_item.added', output_index: at, item: emptied(item) }]
    return [...opened, ...texts, done as object]
  }

  #texts(at: number, item: unknown, place: object): object[] {
    if (member(item, 'type') !== 'message') return []
    return listOf(member(item, 'content')).flatMap((part, index) => {
      const [text, refusal] = [member(part, 'text'), member(part, 'refusal')]
      const delta = typeof text === 'string' ? text : refusal
      if (typeof delta !== 'string' || delta === '' || this.#has('text', at, index)) return []
      const type =
        typeof text === 'string' ? 'response.output_text.delta' : 'response.refusal.delta'
      return [{ type, ...place, content_index: index, delta }]
    })
  }

  #summaries(at: number, item: unknown, place: object): object[] {
    return listOf(member(item, 'summary')).flatMap((part, index) => {
      const text = member(part, 'text')
      if (typeof text !== 'string' || text === '' || this.#has('summary', at, index)) return []
      const where = { ...place, summary_index: index }
      const empty = { type: 'summary_text', text: '' }
      return [
        { type: 'response.reasoning_summary_part.added', ...where, part: empty },
        { type: 'response.reasoning_summary_text.delta', ...where, delta: text },
        { type: 'response.reasoning_summary_part.done', ...where, part },
      ]
    })
  }

  #has(kind: string, at: number, index: number): boolean {
    return this.#given.has(placeOf(kind, at, index))
  }
}

function placeOf(kind: string, at: number, index: unknown): string {
  return `${kind} ${at} ${typeof index === 'number' ? index : 0}`
}

/** The item as it is when it begins. */
function emptied(item: unknown): object {
  const type = member(item, 'type')
  const begun = { ...(item as object), status: 'in_progress' }
  if (type === 'message') return { ...begun, content: [] }
  if (type === 'reasoning') return { ...begun, summary: [] }
  return type === 'function_call' ? { ...begun, arguments: '' } : begun
}
