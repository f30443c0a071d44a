import { pointerAppend } from '../json-pointer.ts'
import { isPlainObject } from '../schema-limits.ts'
import { resolveNode } from './document.ts'
import { kindOf, preferred } from './media-type.ts'
import { newUses } from './schema-source.ts'
import type { SchemaSource } from './schema-source.ts'
import type { Node, OpenAPISpec } from './types.ts'

/** What an operation answers when it goes well. */
export interface PlannedAnswer {
  /** For the `Accept` header. */
  readonly accept: string
  /** It answers with an event stream. */
  readonly streams: boolean
  /** Of the data (of a stream: of one item), standing for itself. */
  readonly schema: unknown
}

const BYTES: Node = { type: 'string', contentEncoding: 'base64' }

/**
 * From all answers with a status of success (`2XX` too; `default` only where there is no other): JSON as its schema says, text as a string, bytes as base64,
 * no content as null. An event stream among them makes the operation a subscription.
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
  const uses = newUses()
  let empty = false
  let items: unknown
  for (const [status, node] of chosen) {
    const place = pointerAppend(at, status)
    const response = resolveNode(spec, node, place)
    const content = isPlainObject(response['content']) ? response['content'] : {}
    const all = preferred(Object.keys(content))
    const kinds = new Set(all.map(kindOf))
    if (all.length === 0 || /^20[45]$/.test(status)) empty = true
    for (const type of all) {
      // Where JSON is to be had nothing else is asked for.
      if (kinds.has('json') && !['json', 'events'].includes(kindOf(type))) continue
      types.add(type)
      const mediaAt = pointerAppend(`${place}/content`, type)
      const media = resolveNode(spec, content[type], mediaAt)
      const convert = (schema: unknown): unknown =>
        source.convert(schema, 'response', `${mediaAt}/schema`, uses)
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
  const withNull = empty && options.length > 0 ? [...options, { type: 'null' }] : options
  // A stream's server may answer with one plain value instead.
  const all = streams ? (items === true ? [] : [items, ...options]) : withNull
  const schema = empty && options.length === 0 && !streams ? { type: 'null' } : oneOf(all)
  const whole = yield* source.definitionSteps(schema, 'response', uses)
  return {
    accept: streams ? 'text/event-stream' : [...types].join(', ') || '*/*',
    streams,
    schema: whole,
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

function oneOf(options: readonly unknown[]): unknown {
  const distinct = new Map(options.map((option) => [JSON.stringify(option), option]))
  if (distinct.size === 0 || distinct.has('true')) return {}
  const [first] = distinct.values()
  return distinct.size === 1 ? first : { anyOf: [...distinct.values()] }
}
