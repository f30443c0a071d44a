import { compact } from '@alkdev/std'
import { linearRegExp } from '../../../schema/linear-regexp.ts'
import type { LinearRegExp } from '../../../schema/linear-regexp.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { kindOf } from './media-type.ts'
import { isNullable } from './schema-nullable.ts'
import { asList, referenced } from './document.ts'
import { typesOf } from './schema-walk.ts'
import type { Node, OpenAPISpec } from './types.ts'

export const BYTES: Node = {
  type: 'string',
  contentEncoding: 'base64',
  description: 'Bytes in base64.',
}
const FILE: Node = {
  anyOf: [
    BYTES,
    {
      type: 'object',
      required: ['data'],
      properties: {
        data: BYTES,
        filename: { type: 'string', maxLength: 255 },
        contentType: { type: 'string', maxLength: 127 },
      },
      additionalProperties: false,
    },
  ],
}

/** Which fields of a form are files. */
export interface FileFields {
  readonly names: ReadonlySet<string>
  /** Those of them that may also be text. */
  readonly texts: ReadonlySet<string>
  /** Fields whose name matches. */
  readonly patterns: readonly { readonly pattern: LinearRegExp; readonly isFile: boolean }[]
  /** Of fields that are tuples: whether the first items, and those after them, are files. */
  readonly positions: ReadonlyMap<string, Positions>
  /** Fields that the document does not name are files. */
  readonly others: boolean
}

interface Positions {
  readonly first: readonly boolean[]
  readonly others: boolean
}

export const NO_FILES: FileFields = {
  names: new Set(),
  texts: new Set(),
  patterns: [],
  positions: new Map(),
  others: false,
}

/** Maximum nesting of references and combinations that are followed. */
const MAX_LEVELS = 32
/** Maximum schemas of one form that are examined, because combinations of references can produce exponentially many. */
const MAX_SCHEMAS = 2000

/**
 * The schema of a form with its files in a shape that JSON can have: base64, or an object of that with a name and a type. A file is found
 * wherever the document puts it: behind references, in `allOf`, `anyOf` and `oneOf` of the form or of a field, in conditions, under
 * patterns of names, in lists and tuples, with or without null.
 */
export function multipartSchema(
  spec: OpenAPISpec,
  schema: unknown,
  encoding: Readonly<Record<string, Node>>,
): { readonly schema: unknown; readonly files: FileFields } {
  const form = new FormSchema(spec, encoding)
  const changed = form.form(schema, 0)
  return {
    schema: changed ?? schema ?? { type: 'object' },
    files: form,
  }
}

class FormSchema implements FileFields {
  readonly names = new Set<string>()
  readonly texts = new Set<string>()
  readonly patterns: { pattern: LinearRegExp; isFile: boolean }[] = []
  readonly positions = new Map<string, Positions>()
  others = false
  /** Of the tuple that the field which is looked at is. */
  #positions: Positions | undefined
  /** The field that is looked at may also be text. */
  #orText = false
  #looked = 0
  readonly #spec: OpenAPISpec
  readonly #isOld: boolean
  readonly #encoding: Readonly<Record<string, Node>>

  constructor(spec: OpenAPISpec, encoding: Readonly<Record<string, Node>>) {
    this.#spec = spec
    this.#isOld = spec.openapi.startsWith('3.0')
    this.#encoding = encoding
  }

  /** The form with its files replaced; undefined when it has none. */
  form(schema: unknown, level: number): Node | undefined {
    const node = this.#resolved(schema, level)
    if (node === undefined) return undefined
    let changed: Record<string, unknown> | undefined
    const { properties, patternProperties } = node
    if (isPlainObject(properties))
      for (const [name, property] of Object.entries(properties)) {
        this.#orText = false
        this.#positions = undefined
        const field = this.#field(property, this.#encoding[name], level + 1)
        if (field === undefined) continue
        this.names.add(name)
        if (this.#orText) this.texts.add(name)
        if (this.#positions !== undefined) this.positions.set(name, this.#positions)
        changed = { ...node, ...changed }
        changed['properties'] = { ...(changed['properties'] as Node), [name]: field }
      }
    if (isPlainObject(patternProperties))
      for (const [source, property] of Object.entries(patternProperties)) {
        const field = this.#field(property, undefined, level + 1)
        const pattern = patternOf(source)
        if (pattern !== undefined) this.patterns.push({ pattern, isFile: field !== undefined })
        if (field === undefined) continue
        changed = { ...node, ...changed }
        const patterns = changed['patternProperties'] as Node
        changed['patternProperties'] = { ...patterns, [source]: field }
      }
    for (const keyword of ['additionalProperties', 'unevaluatedProperties']) {
      const other = this.#field(node[keyword], undefined, level + 1)
      if (other === undefined) continue
      this.others = true
      changed = { ...node, ...changed, [keyword]: other }
    }
    return this.#combined(changed ?? node, (part) => this.form(part, level + 1)) ?? changed
  }

  #field(schema: unknown, encoding: Node | undefined, level: number): Node | undefined {
    const node = this.#resolved(schema, level)
    if (node === undefined) return undefined
    const { description } = node
    if (isFile(node, encoding)) {
      const nullable = isNullable(node) || typesOf(node).includes('null')
      const file = nullable ? { anyOf: [FILE, { type: 'null' }] } : FILE
      return typeof description === 'string' ? { ...file, description } : file
    }
    if (typesOf(node).includes('string')) this.#orText = true
    const changed = this.#items(node, encoding, level + 1)
    // All parts of an `allOf` describe the same file.
    if (Array.isArray(node['allOf']))
      for (const part of node['allOf'] as unknown[]) {
        const file = this.#field(part, encoding, level + 1)
        if (file === undefined) continue
        return isNullable(node) ? { anyOf: [file, { type: 'null' }] } : file
      }
    return (
      this.#combined(changed ?? node, (part) => this.#field(part, encoding, level + 1)) ?? changed
    )
  }

  /** The list with its files replaced; undefined when it has none. */
  #items(node: Node, encoding: Node | undefined, level: number): Node | undefined {
    const items = this.#field(node['items'], encoding, level)
    const { prefixItems } = node
    if (!Array.isArray(prefixItems)) return items === undefined ? undefined : { ...node, items }
    const first = (prefixItems as unknown[]).map((item) => this.#field(item, encoding, level))
    if (items === undefined && first.every((item) => item === undefined)) return undefined
    this.#positions = {
      first: first.map((item) => item !== undefined),
      others: items !== undefined,
    }
    return {
      ...node,
      ...compact({ items }),
      prefixItems: first.map((item, index) => item ?? (prefixItems[index] as unknown)),
    }
  }

  #combined(node: Node, change: (part: unknown) => Node | undefined): Node | undefined {
    let changed: Record<string, unknown> | undefined
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
      const list = node[keyword]
      if (!Array.isArray(list)) continue
      const parts = (list as unknown[]).map((part) => [part, change(part)] as const)
      if (parts.every(([, part]) => part === undefined)) continue
      changed = { ...node, ...changed, [keyword]: parts.map(([part, file]) => file ?? part) }
    }
    for (const keyword of ['then', 'else']) {
      const part = change(node[keyword])
      if (part !== undefined) changed = { ...node, ...changed, [keyword]: part }
    }
    const { dependentSchemas } = node
    if (isPlainObject(dependentSchemas))
      for (const [name, dependent] of Object.entries(dependentSchemas)) {
        const part = change(dependent)
        if (part === undefined) continue
        changed = { ...node, ...changed }
        const all = changed['dependentSchemas'] as Node
        changed['dependentSchemas'] = { ...all, [name]: part }
      }
    return changed
  }

  #resolved(schema: unknown, level: number): Node | undefined {
    if (++this.#looked > MAX_SCHEMAS) return undefined
    let node = schema
    for (let steps = level; steps < MAX_LEVELS; steps++) {
      if (!isPlainObject(node)) return undefined
      if (typeof node['$ref'] !== 'string') return node
      const { $ref, ...beside } = node
      // From OpenAPI 3.1 on what stands beside a reference applies, too.
      if (!this.#isOld && Object.keys(beside).some((keyword) => !NOTES.has(keyword)))
        return { ...beside, allOf: [{ $ref }, ...asList(beside['allOf'])] }
      try {
        node = referenced(this.#spec, node['$ref'], '')
      } catch {
        return undefined
      }
    }
    return undefined
  }
}

/** Keywords without an effect on values. */
const NOTES = new Set([
  'title',
  'description',
  'summary',
  '$comment',
  'deprecated',
  'example',
  'examples',
  'default',
])

function patternOf(source: string): LinearRegExp | undefined {
  try {
    return linearRegExp(source)
  } catch {
    return undefined
  }
}

/** Whether a field's schema describes bytes: `format: binary`, or a media type that is neither text nor JSON. */
function isFile(schema: Node, encoding: Node | undefined): boolean {
  const types = typesOf(schema)
  if (types.includes('file')) return true
  if (types.length > 0 && !types.includes('string')) return false
  if (schema['format'] === 'binary') return true
  if (['anyOf', 'oneOf', 'allOf', 'items', 'properties'].some((key) => key in schema)) return false
  const said = typeof encoding?.['contentType'] === 'string' ? encoding['contentType'] : undefined
  const media = said ?? schema['contentMediaType']
  return (
    schema['format'] !== 'byte' &&
    schema['contentEncoding'] === undefined &&
    typeof media === 'string' &&
    kindOf(media) === 'binary'
  )
}
