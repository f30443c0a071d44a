import { pointerGet, pointerTokens } from '../json-pointer.ts'
import { linearRegExp } from '../linear-regexp.ts'
import { DATA, SCHEMA_LIST, SCHEMA_MAP } from '../schema-keywords.ts'
import { isPlainObject } from '../schema-limits.ts'
import { documentError, isVersion30, referencePointer } from './document.ts'
import type { OpenAPISpec } from './types.ts'

type Fields = Record<string, unknown>

/** What is told to the service or what it tells: `readOnly` properties are not asked of the caller, `writeOnly` ones not of the service. */
export type Direction = 'request' | 'response'

/** Say nothing about values, and cost bytes in every schema that names them. */
const DROPPED = new Set([
  'example',
  'examples',
  'externalDocs',
  'xml',
  'discriminator',
  'deprecated',
])

/**
 * Takes schemas out of one document. What they refer to comes along under `$defs`, once for each, so that any use of a component (the second, the
 * nested, the recursive one) means that component. Schemas of OpenAPI 3.0 become JSON Schema 2020-12.
 */
export class SchemaSource {
  readonly #spec: OpenAPISpec
  readonly #old: boolean
  readonly #converted = new Map<string, { schema: unknown; refers: readonly string[] }>()
  readonly #names = new Map<string, string>()

  constructor(spec: OpenAPISpec) {
    this.#spec = spec
    this.#old = isVersion30(spec)
  }

  /**
   * The schema as one that stands for itself. `at` is its place, for errors.
   * Throws CallError VALIDATION_ERROR for a reference that leads to nothing or out of the document.
   */
  take(schema: unknown, direction: Direction, at: string): unknown {
    const refers: string[] = []
    return this.withDefinitions(this.convert(schema, direction, at, refers), direction, refers)
  }

  /** Converts without adding definitions: pointers of the components that it refers to are put into `refers`. */
  convert(schema: unknown, direction: Direction, at: string, refers: string[]): unknown {
    if (schema === undefined) return true
    return this.#node(schema, direction, at, refers)
  }

  /** Adds what a converted schema refers to, directly or not. */
  withDefinitions(schema: unknown, direction: Direction, refers: readonly string[]): unknown {
    if (refers.length === 0 || !isPlainObject(schema)) return schema
    const definitions: Fields = {}
    const waiting = [...refers]
    for (let pointer = waiting.pop(); pointer !== undefined; pointer = waiting.pop()) {
      const name = this.#definitionName(pointer)
      if (Object.hasOwn(definitions, name)) continue
      const component = this.#component(pointer, direction)
      definitions[name] = component.schema
      waiting.push(...component.refers)
    }
    return { ...schema, $defs: definitions }
  }

  #component(
    pointer: string,
    direction: Direction,
  ): { schema: unknown; refers: readonly string[] } {
    const key = `${direction} ${pointer}`
    let known = this.#converted.get(key)
    if (known === undefined) {
      const refers: string[] = []
      const source = pointer === '' ? undefined : pointerGet(this.#spec, pointer)
      if (source === undefined) throw documentError('', `#${pointer} leads to nothing`)
      known = { schema: this.#node(source, direction, pointer, refers), refers }
      this.#converted.set(key, known)
    }
    return known
  }

  #definitionName(pointer: string): string {
    let name = this.#names.get(pointer)
    if (name !== undefined) return name
    const last = pointerTokens(pointer)?.at(-1) ?? ''
    const plain = last.replaceAll(/[^A-Za-z0-9_.-]/g, '_') || 'schema'
    const taken = new Set(this.#names.values())
    name = plain
    for (let count = 2; taken.has(name); count++) name = `${plain}_${count}`
    this.#names.set(pointer, name)
    return name
  }

  #node(node: unknown, direction: Direction, at: string, refers: string[]): unknown {
    if (typeof node === 'boolean') return node
    if (!isPlainObject(node)) throw documentError(at, 'is not a schema')
    if (typeof node['$ref'] === 'string') {
      const pointer = referencePointer(node['$ref'], at)
      if (pointerTokens(pointer) === undefined || pointerGet(this.#spec, pointer) === undefined)
        throw documentError(at, `${JSON.stringify(node['$ref'].slice(0, 200))} leads to nothing`)
      refers.push(pointer)
      const { $ref: _, ...beside } = node
      const reference = { $ref: `#/$defs/${this.#definitionName(pointer)}` }
      // In OpenAPI 3.0 what lies beside a reference is ignored.
      if (this.#old) return reference
      return { ...(this.#node(beside, direction, at, refers) as Fields), ...reference }
    }
    const out: Fields = {}
    for (const [key, value] of Object.entries(node)) {
      if (DROPPED.has(key) || key.startsWith('x-') || key === '$schema' || key === '$id') continue
      const place = `${at}/${key}`
      if (DATA.has(key)) out[key] = value
      else if (SCHEMA_LIST.has(key) && Array.isArray(value))
        out[key] = value.map((item, index) =>
          this.#node(item, direction, `${place}/${index}`, refers),
        )
      else if (SCHEMA_MAP.has(key) && isPlainObject(value))
        out[key] = this.#map(value, direction, place, refers)
      else out[key] = isSchemaKeyword(key) ? this.#node(value, direction, place, refers) : value
    }
    forDirection(out, node, direction)
    withoutFalseFormats(out, direction)
    oneOfAsAnyOf(out)
    return this.#old ? from30(out) : out
  }

  #map(map: Fields, direction: Direction, at: string, refers: string[]): Fields {
    const out: Fields = {}
    for (const [name, value] of Object.entries(map)) {
      if (name === '__proto__') continue
      out[name] = Array.isArray(value)
        ? value
        : this.#node(value, direction, `${at}/${name}`, refers)
    }
    return out
  }
}

const SINGLE = new Set([
  'additionalProperties',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
])

function isSchemaKeyword(key: string): boolean {
  return SINGLE.has(key)
}

/** A property that only the other side sets is not required of this side. */
function forDirection(out: Fields, source: Fields, direction: Direction): void {
  const properties = source['properties']
  if (!Array.isArray(out['required']) || !isPlainObject(properties)) return
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly'
  const required = (out['required'] as unknown[]).filter((name) => {
    const property = typeof name === 'string' && Object.hasOwn(properties, name) && properties[name]
    return !(isPlainObject(property) && property[flag] === true)
  })
  if (required.length > 0) out['required'] = required
  else delete out['required']
}

/**
 * A `format` is a promise to the service in a request, but only a note in an answer (as JSON Schema 2020-12 has it): services break it, and the call has
 * been made. A pattern that can't run in linear time is the service's own to check.
 */
function withoutFalseFormats(out: Fields, direction: Direction): void {
  if (direction === 'response' && 'format' in out) {
    out['x-format'] = out['format']
    delete out['format']
  }
  const pattern = out['pattern']
  if (typeof pattern !== 'string') return
  try {
    linearRegExp(pattern)
  } catch {
    out['x-pattern'] = pattern
    delete out['pattern']
  }
}

/**
 * Documents write `oneOf` for "one of these" (and tell them apart by a discriminator, which JSON Schema lacks); their options overlap, so that taken literally
 * good values would be refused. That no second option fits is for the service to check.
 */
function oneOfAsAnyOf(out: Fields): void {
  const { oneOf: options } = out
  if (!Array.isArray(options)) return
  delete out['oneOf']
  if (out['anyOf'] === undefined) out['anyOf'] = options
  else
    out['allOf'] = [
      ...(Array.isArray(out['allOf']) ? (out['allOf'] as unknown[]) : []),
      { anyOf: options },
    ]
}

/** The differences between a schema of OpenAPI 3.0 and JSON Schema 2020-12. */
function from30(schema: Fields): Fields {
  const { nullable, ...out } = schema
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof out[exclusive] !== 'boolean') continue
    if (out[exclusive] && bound in out) {
      out[exclusive] = out[bound]
      delete out[bound]
    } else delete out[exclusive]
  }
  if (nullable !== true) return out
  const type = out['type']
  if (typeof type === 'string') {
    const values = out['enum']
    return {
      ...out,
      type: [type, 'null'],
      ...(Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
    }
  }
  // Documents say `nullable` beside `allOf: [$ref]` and mean what it says there, although 3.0.3 gives it no meaning without `type`.
  const { description, title, default: initial, ...rest } = out
  if (Object.keys(rest).length === 0) return out
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(initial === undefined ? {} : { default: initial }),
    anyOf: [rest, { type: 'null' }],
  }
}
