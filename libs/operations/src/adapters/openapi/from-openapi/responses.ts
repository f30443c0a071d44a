import { pointerAppend } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { resolveNode } from './document.ts'
import type { TakenSchema } from './input-schema.ts'
import { kindOf, preferred } from './media-type.ts'
import type { MediaKind } from './media-type.ts'
import { newUses } from './schema-source.ts'
import type { SchemaSource } from './schema-source.ts'
import type { Node, OpenAPISpec } from './types.ts'

/** The successful answers of an operation. */
export interface PlannedAnswer extends TakenSchema {
  /** For the `Accept` header. */
  readonly accept: string
  /** It answers with an event stream. */
  readonly streams: boolean
  /** The kinds of content that the document names. */
  readonly kinds: ReadonlySet<MediaKind>
  /** Of JSON answers and of events, as in the document. */
  readonly documented: readonly unknown[]
}

const BYTES: Node = { type: 'string', contentEncoding: 'base64' }

/**
 * From all answers with a status of success (`2XX` too; `default` only where there is no other): JSON as its schema says, text as a string,
 * bytes as base64. 204 and 205 have no content, which is null. An answer of which the document says nothing may be anything. An event
 * stream among them makes the operation a subscription.
 */
export function* planAnswer(
  spec: OpenAPISpec,
  source: SchemaSource,
  responses: unknown,
  at: string,
): Generator<void, PlannedAnswer> {
  const given = isPlainObject(responses) ? Object.entries(responses) : []
  const successes = given.filter(([status]) => /^2(\d\d|XX)$/i.test(status))
  const chosen = successes.length > 0 ? successes : given.filter(([status]) => status === 'default')
  const types = new Set<string>()
  const options: unknown[] = []
  const documented: unknown[] = []
  const uses = newUses()
  let empty = false
  let unknown = chosen.length === 0
  let items: unknown
  for (const [status, node] of chosen) {
    const place = pointerAppend(at, status)
    const response = resolveNode(spec, node, place)
    const content = isPlainObject(response['content']) ? response['content'] : {}
    const all = preferred(Object.keys(content))
    const kinds = new Set(all.map(kindOf))
    if (/^20[45]$/.test(status)) empty = true
    else if (all.length === 0) unknown = true
    for (const type of all) {
      // Where the document offers JSON nothing else is requested.
      if (kinds.has('json') && !['json', 'events'].includes(kindOf(type))) continue
      types.add(type)
      const mediaAt = pointerAppend(`${place}/content`, type)
      const media = resolveNode(spec, content[type] ?? {}, mediaAt)
      const convert = (schema: unknown): unknown => {
        documented.push(schema)
        return source.convert(schema, 'response', `${mediaAt}/schema`, uses)
      }
      switch (kindOf(type)) {
        case 'json':
          options.push(convert(media['schema']))
          break
        case 'events':
          items = itemSchema(media, convert)
          break
        case 'text':
        case 'form':
        case 'multipart':
          options.push({ type: 'string' })
          break
        case 'binary':
          options.push(BYTES)
          break
        default:
          break
      }
    }
  }
  const streams = items !== undefined
  // A stream's server may answer with one plain value instead.
  const all = streams ? (items === true ? [] : [items, ...options]) : options
  const open = !streams && unknown
  const schema = open ? {} : anyOf(empty && !streams ? [...all, { type: 'null' }] : all)
  return {
    accept: streams ? 'text/event-stream' : [...types].join(', ') || '*/*',
    streams,
    kinds: new Set([...types].map(kindOf)),
    documented,
    schema: yield* source.definitionSteps(schema, 'response', uses),
    loosened: [...uses.loosened],
  }
}

/** Documents describe a stream by the schema of its events or as one long string; the latter says nothing about an item. */
function itemSchema(media: Node, convert: (schema: unknown) => unknown): unknown {
  if (media['itemSchema'] !== undefined) return convert(media['itemSchema'])
  const schema = media['schema']
  if (!isPlainObject(schema)) return true
  const whole = schema['type'] === 'string' || schema['type'] === 'array'
  return whole ? true : convert(schema)
}

function anyOf(options: readonly unknown[]): unknown {
  const distinct = new Map(options.map((option) => [JSON.stringify(option), option]))
  if (distinct.size === 0 || distinct.has('true')) return {}
  const [first] = distinct.values()
  return distinct.size === 1 ? first : { anyOf: [...distinct.values()] }
}
