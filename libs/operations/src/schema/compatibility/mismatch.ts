import { isRecord } from './schema-node.ts'
import { typesOf, valuesOf } from './keywords.ts'
import type { SchemaNode } from './schema-node.ts'
import type { Shape } from './shape.ts'

/**
 * Why an output does not fit, or is not known to fit:
 * `type` another type; `missing` a required property that the output never has; `optional` one that it may leave out;
 * `undeclared` the output is open, so it may hold a property or element that the input reads and of which it says nothing;
 * `extra` the input forbids what the output may hold; `value` outside of the values, range, length, pattern or format;
 * `union` none of the alternatives takes it; `unproven` a keyword or reference that can't be compared; `limit` too deep or too large.
 */
export type MismatchReason =
  | 'type'
  | 'missing'
  | 'optional'
  | 'undeclared'
  | 'extra'
  | 'value'
  | 'union'
  | 'unproven'
  | 'limit'

/** One place where an output does not fit an input. */
export interface TypeMismatch {
  /** JSON Pointer into the value, `*` for any element or any undeclared property; empty for the value itself. */
  readonly path: string
  /** What the input accepts there, as text. */
  readonly expected: string
  /** What the output may contain there, as text. */
  readonly actual: string
  readonly reason: MismatchReason
}

export function pointer(path: string, step: string): string {
  return `${path}/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

const MAX_TEXT = 120

function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 3)}...` : text
}

function valueText(value: unknown): string {
  return short(JSON.stringify(value) ?? typeof value)
}

/** A schema in a few words. */
export function describeSchema(node: SchemaNode, depth = 0): string {
  const { schema } = node
  if (schema === true) return 'anything'
  if (schema === false) return 'nothing'
  const values = valuesOf(schema)
  if (values !== undefined) return short(values.slice(0, 12).map(valueText).join(' | '))
  const types = typesOf(schema)
  if (types === undefined) return describeUntyped(node, depth)
  const names = [...types.kinds, ...types.others].map((name) =>
    name === 'number' && types.integerOnly ? 'integer' : name,
  )
  const items = schema['items']
  if (types.kinds.has('array') && names.length === 1 && isRecord(items) && depth < 2) {
    return `array of ${describeSchema(node.document.node(items), depth + 1)}`
  }
  const format = schema['format']
  return names.join(' | ') + (typeof format === 'string' ? ` (${format})` : '')
}

function describeUntyped(node: SchemaNode, depth: number): string {
  if (!isRecord(node.schema)) return 'anything'
  const schema = node.schema
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = schema[keyword]
    if (Array.isArray(branches) && depth < 2) {
      const words = branches
        .slice(0, 6)
        .map((each) => describeSchema(node.document.node(each), depth + 1))
      return short([...new Set(words)].join(' | '))
    }
  }
  if (schema['$ref'] !== undefined) return `what ${valueText(schema['$ref'])} describes`
  const keywords = Object.keys(schema)
  return keywords.length === 0 ? 'anything' : `a value with ${short(keywords.join(', '))}`
}

/** A shape in a few words. */
export function describeShape(shape: Shape): string {
  if ('value' in shape && shape.value !== undefined) return valueText(shape.value)
  if (shape.kind === 'other') return shape.name
  if (shape.kind === 'number') return shape.integer ? 'integer' : 'number'
  return shape.kind
}

export function describeShapes(shapes: readonly Shape[]): string {
  if (shapes.length === 0) return 'nothing'
  return short([...new Set(shapes.slice(0, 20).map(describeShape))].join(' | '))
}
