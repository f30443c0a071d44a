/** Keywords that never make a value invalid. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$comment',
  '$schema',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'externalDocs',
  'xml',
])

export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || keyword.startsWith('x-')
}

/** Keywords whose value maps free names to schemas: a property called `title` is no annotation. */
const NAME_MAPS: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependentRequired',
  'dependencies',
])
/** Keywords whose value is data, not schema. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum'])
/** Lists in which order means nothing. */
const SETS: ReadonlySet<string> = new Set(['required', 'enum', 'type', 'anyOf', 'allOf', 'oneOf'])

const MAX_DEPTH = 200

class TooDeep extends Error {}

/**
 * JSON text of a schema without annotations, keys and unordered lists sorted: equal text means that the schemas accept
 * the same values. `undefined` when it is nested deeper than 200 levels.
 */
export function canonicalSchema(schema: unknown): string | undefined {
  try {
    return schemaText(schema, 0)
  } catch (error) {
    if (error instanceof TooDeep) return undefined
    throw error
  }
}

function schemaText(schema: unknown, depth: number): string {
  if (Array.isArray(schema)) return `[${schema.map((each) => schemaText(each, depth + 1)).join()}]`
  if (typeof schema !== 'object' || schema === null) return dataText(schema, depth)
  if (depth > MAX_DEPTH) throw new TooDeep()
  const parts: string[] = []
  for (const [keyword, value] of sortedEntries(schema)) {
    if (isAnnotation(keyword) || value === undefined) continue
    parts.push(`${JSON.stringify(keyword)}:${keywordText(keyword, value, depth + 1)}`)
  }
  return `{${parts.join()}}`
}

function keywordText(keyword: string, value: unknown, depth: number): string {
  if (SETS.has(keyword) && Array.isArray(value)) {
    const each = value.map((one) =>
      DATA.has(keyword) ? dataText(one, depth) : schemaText(one, depth),
    )
    return `[${each.toSorted().join()}]`
  }
  if (DATA.has(keyword)) return dataText(value, depth)
  if (!NAME_MAPS.has(keyword) || typeof value !== 'object' || value === null) {
    return schemaText(value, depth)
  }
  const named = sortedEntries(value).map(
    ([name, one]) => `${JSON.stringify(name)}:${schemaText(one, depth)}`,
  )
  return `{${named.join()}}`
}

function dataText(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new TooDeep()
  if (Array.isArray(value)) return `[${value.map((each) => dataText(each, depth + 1)).join()}]`
  if (typeof value === 'object' && value !== null) {
    const parts = sortedEntries(value).map(
      ([key, one]) => `${JSON.stringify(key)}:${dataText(one, depth + 1)}`,
    )
    return `{${parts.join()}}`
  }
  return JSON.stringify(value) ?? String(value)
}

function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
}

/** Equality of JSON values: the order of keys means nothing, `0` is `-0`. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [one, other] = [canonicalData(a), canonicalData(b)]
  return one !== undefined && one === other
}

function canonicalData(value: unknown): string | undefined {
  try {
    return dataText(value, 0)
  } catch (error) {
    if (error instanceof TooDeep) return undefined
    throw error
  }
}
