import { isRecord } from './schema-node.ts'
import type { Constraint, SchemaNode, SchemaRecord } from './schema-node.ts'
import type { Kind } from './shape.ts'

/** A type name of a schema: `integer` is a number without fraction, other names are outside of JSON. */
export interface TypeNames {
  readonly kinds: ReadonlySet<Kind>
  /** Numbers are allowed only without fraction. */
  readonly integerOnly: boolean
  readonly others: ReadonlySet<string>
}

const JSON_KINDS: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'number',
  'string',
  'array',
  'object',
])

/**
 * The `type` keyword; `undefined` when any type will do. OpenAPI's `nullable` is no keyword of JSON Schema, and validators read it
 * or do not: `withNullable` counts it, for what an output may be.
 */
export function typesOf(schema: SchemaRecord, withNullable = false): TypeNames | undefined {
  const { type } = schema as { type?: unknown }
  if (type === undefined) return undefined
  const names = (Array.isArray(type) ? type : [type]).map(String)
  if (withNullable && schema['nullable'] === true) names.push('null')
  const kinds = new Set<Kind>()
  const others = new Set<string>()
  for (const name of names) {
    if (JSON_KINDS.has(name)) kinds.add(name as Kind)
    else if (name === 'integer') kinds.add('number')
    else others.add(name)
  }
  return { kinds, others, integerOnly: names.includes('integer') && !names.includes('number') }
}

/** The values of `enum` or `const`; `undefined` when there is neither. */
export function valuesOf(schema: SchemaRecord): readonly unknown[] | undefined {
  const values = schema['enum']
  if (Object.hasOwn(schema, 'const') && schema['const'] !== undefined) return [schema['const']]
  return Array.isArray(values) ? values : undefined
}

export function numberOf(schema: SchemaRecord, keyword: string): number | undefined {
  const value = schema[keyword]
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined
}

export function stringOf(schema: SchemaRecord, keyword: string): string | undefined {
  const value = schema[keyword]
  return typeof value === 'string' ? value : undefined
}

export function namesOf(schema: SchemaRecord, keyword: string): readonly string[] {
  const value = schema[keyword]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** A keyword whose value is a list of schemas. */
export function listOf(node: SchemaNode, keyword: string): readonly SchemaNode[] | undefined {
  const value = isRecord(node.schema) ? node.schema[keyword] : undefined
  return Array.isArray(value) ? value.map((each) => node.document.node(each)) : undefined
}

/** A keyword whose value is a schema. */
export function schemaOf(node: SchemaNode, keyword: string): SchemaNode | undefined {
  const value = isRecord(node.schema) ? node.schema[keyword] : undefined
  return value === undefined ? undefined : node.document.node(value)
}

/** A keyword whose value maps names to schemas. */
export function mapOf(
  node: SchemaNode,
  keyword: string,
): readonly (readonly [string, SchemaNode])[] {
  const value = isRecord(node.schema) ? node.schema[keyword] : undefined
  if (!isRecord(value)) return []
  return Object.entries(value).map(([name, each]) => [name, node.document.node(each)] as const)
}

/**
 * What the positions of an array have to be: `prefixItems` + `items`, or draft-07's `items` list + `additionalItems`. Of an output
 * only what holds in every reading.
 */
export function itemsOf(node: SchemaNode): { prefix: readonly SchemaNode[]; rest: Constraint } {
  const tuple = listOf(node, 'items')
  if (tuple !== undefined) {
    return { prefix: tuple, rest: optional(schemaOf(node, 'additionalItems')) }
  }
  const prefix = listOf(node, 'prefixItems') ?? []
  if (prefix.length > 0 && node.document.legacy) return { prefix: [], rest: [] }
  return { prefix, rest: optional(schemaOf(node, 'items')) }
}

/** Of an input: `undefined` when readings differ. */
export function wantedItemsOf(
  node: SchemaNode,
): { prefix: readonly SchemaNode[]; rest: Constraint } | undefined {
  const isDoubtful = node.document.legacy && listOf(node, 'prefixItems') !== undefined
  return isDoubtful ? undefined : itemsOf(node)
}

export function optional(node: SchemaNode | undefined): Constraint {
  return node === undefined || node.schema === true ? [] : [node]
}

const IN_PLACE = [
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
  'dependencies',
]

/**
 * What undeclared properties have to be: `additionalProperties`, or `unevaluatedProperties` where no neighbour could have
 * evaluated them. `undefined` when nothing is said, or, of an output (not `isWanted`), nothing in some readings.
 */
export function undeclaredOf(node: SchemaNode, isWanted = false): SchemaNode | undefined {
  const additional = schemaOf(node, 'additionalProperties')
  if (additional !== undefined) return additional
  const unevaluated = schemaOf(node, 'unevaluatedProperties')
  if (unevaluated === undefined || !isRecord(node.schema)) return undefined
  if (node.document.legacy && !isWanted) return undefined
  const schema = node.schema
  return IN_PLACE.some((keyword) => schema[keyword] !== undefined) ? undefined : unevaluated
}
