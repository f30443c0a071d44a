import { isPlainObject } from '../../../schema/schema-limits.ts'
import type { JsonSchema } from '../../../registry/types.ts'
import { fitSchema } from './schema-fit.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Bytes of an imported schema's JSON. Half of what a registry takes: compiling takes time in proportion, and documents of known services
 * have hundreds of operations that each refer to most of their components.
 */
export const MAX_IMPORTED_BYTES = 32 * 1024

export interface LimitedSchema {
  readonly schema: JsonSchema
  /** The parts that were omitted to keep the limit; the service checks them itself. */
  readonly loosened?: 'descriptions' | 'nested schemas' | 'large members'
}

/**
 * The schema in at most 32 KiB: where it has more, first without descriptions, then with the components that are farthest from its root
 * replaced by schemas that accept anything, as few of them as needed. Where what lies outside of components has more by itself, its largest
 * parts are cut.
 */
export function limitSchemaSize(schema: unknown): LimitedSchema {
  if (bytesOf(schema) <= MAX_IMPORTED_BYTES) return { schema: schema as JsonSchema }
  const bare = bareSchema(schema)
  if (bytesOf(bare) <= MAX_IMPORTED_BYTES)
    return { schema: bare as JsonSchema, loosened: 'descriptions' }
  const nearest = nearestDefinitions(bare)
  if (nearest !== undefined)
    return { schema: withoutConditions(nearest) as JsonSchema, loosened: 'nested schemas' }
  return { schema: withLessRoot(bare), loosened: 'large members' }
}

/** Components are the same objects in all schemas of a document: what is known of one is known for all. */
function remembered<T>(work: (node: object) => T): (node: object) => T {
  const known = new WeakMap<object, { readonly value: T }>()
  return (node) => {
    const before = known.get(node)
    if (before !== undefined) return before.value
    const value = work(node)
    known.set(node, { value })
    return value
  }
}

const sizeOf = remembered((node) => Buffer.byteLength(JSON.stringify(node)))
const bareOf = remembered((node) => withoutTexts(node))
const namesOf = remembered((node) => namesIn(node))
const conditionalOf = remembered((node) => {
  const text = JSON.stringify(node)
  return [...CONDITIONS].some((keyword) => text.includes(`"${keyword}"`))
})

/**
 * The bytes of a component without its texts. Does all that is needed once for each component, so that the first operation that needs many
 * of them does not have to.
 */
export function measureSchema(component: unknown): number {
  if (typeof component !== 'object' || component === null) return 8
  sizeOf(component)
  const bare = bareOf(component)
  if (typeof bare !== 'object' || bare === null) return 8
  namesOf(bare)
  return sizeOf(bare)
}

function parts(schema: unknown): { readonly root: Fields; readonly definitions: Fields } {
  if (!isPlainObject(schema)) return { root: {}, definitions: {} }
  const { $defs, ...root } = schema
  return { root, definitions: isPlainObject($defs) ? $defs : {} }
}

function componentBytes(name: string, component: unknown): number {
  const own = typeof component === 'object' && component !== null ? sizeOf(component) : 8
  return own + name.length + 8
}

function bytesOf(schema: unknown): number {
  const { root, definitions } = parts(schema)
  let bytes = Buffer.byteLength(JSON.stringify(root)) + 16
  for (const [name, component] of Object.entries(definitions))
    bytes += componentBytes(name, component)
  return bytes
}

function bareSchema(schema: unknown): unknown {
  const { root, definitions } = parts(schema)
  if (Object.keys(definitions).length === 0) return withoutTexts(root)
  const $defs = Object.fromEntries(
    Object.entries(definitions).map(([name, component]) => [
      name,
      typeof component === 'object' && component !== null ? bareOf(component) : component,
    ]),
  )
  return { ...(withoutTexts(root) as Fields), $defs }
}

const TEXTS = new Set(['description', 'title', 'default', '$comment', 'x-format', 'x-pattern'])

function withoutTexts(node: unknown): unknown {
  return withoutKeywords(node, TEXTS)
}

const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas'])

function withoutKeywords(node: unknown, keywords: ReadonlySet<string>, names = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutKeywords(item, keywords))
  if (!isPlainObject(node)) return node
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(node)) {
    if (!names && keywords.has(key)) continue
    if (!names && (key === 'enum' || key === 'const' || key === 'dependentRequired'))
      out[key] = value
    else out[key] = withoutKeywords(value, keywords, !names && MAPS.has(key))
  }
  return out
}

/** Definitions in the order of their distance from the root; as many of the nearest as fit, the others accept anything. */
function nearestDefinitions(schema: unknown): JsonSchema | undefined {
  const { root, definitions } = parts(schema)
  const named = (component: unknown): readonly string[] =>
    typeof component === 'object' && component !== null ? namesOf(component) : []
  const nearest = new Set<string>()
  let layer = namesIn(root)
  while (layer.length > 0) {
    const next: string[] = []
    for (const name of layer)
      if (!nearest.has(name)) {
        nearest.add(name)
        next.push(...named(definitions[name]))
      }
    layer = next
  }
  let bytes = Buffer.byteLength(JSON.stringify(root)) + 16
  const mentioned = new Set<string>()
  const mention = (names: readonly string[]): void => {
    for (const name of names)
      if (!mentioned.has(name)) {
        mentioned.add(name)
        bytes += componentBytes(name, undefined)
      }
  }
  mention(namesIn(root))
  if (bytes > MAX_IMPORTED_BYTES) return undefined
  const kept: Record<string, unknown> = {}
  for (const name of nearest) {
    if (!Object.hasOwn(definitions, name)) continue
    const fresh = named(definitions[name]).filter((one) => !mentioned.has(one))
    const more =
      componentBytes(name, definitions[name]) + fresh.reduce((sum, one) => sum + one.length + 16, 0)
    if (bytes + more > MAX_IMPORTED_BYTES) continue
    bytes += componentBytes(name, definitions[name])
    mention(fresh)
    kept[name] = definitions[name]
  }
  const $defs = Object.fromEntries(
    Array.from(mentioned, (name) => [name, Object.hasOwn(kept, name) ? kept[name] : true]),
  )
  return { ...root, $defs }
}

/** What lies outside of components in half of the bytes, which leaves room to name all components that it refers to. */
function withLessRoot(schema: unknown): JsonSchema {
  const { root, definitions } = parts(withoutConditions(schema as JsonSchema))
  const smaller = fitSchema(root, MAX_IMPORTED_BYTES / 2)
  if (!isPlainObject(smaller)) return {}
  return nearestDefinitions({ ...smaller, $defs: definitions }) ?? {}
}

const CONDITIONS = new Set([
  'not',
  'if',
  'then',
  'else',
  'unevaluatedProperties',
  'unevaluatedItems',
  'maxContains',
])

/** Keywords that would refuse more where a part of the schema accepts more. */
function withoutConditions(schema: JsonSchema): unknown {
  const { root, definitions } = parts(schema)
  const clean = (node: unknown): unknown =>
    typeof node === 'object' && node !== null && conditionalOf(node)
      ? withoutKeywords(node, CONDITIONS)
      : node
  return {
    ...(clean(root) as Fields),
    $defs: Object.fromEntries(
      Object.entries(definitions).map(([name, component]) => [name, clean(component)]),
    ),
  }
}

function namesIn(node: unknown): string[] {
  const found = new Set<string>()
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit)
    else if (isPlainObject(part))
      for (const [key, value] of Object.entries(part)) {
        if (key === '$ref' && typeof value === 'string' && value.startsWith('#/$defs/'))
          found.add(value.slice('#/$defs/'.length))
        else visit(value)
      }
  }
  visit(node)
  return [...found]
}
