type Fields = Record<string, unknown>

/** Formats of integers that a JavaScript number cannot hold in full. */
const LONG = new Set(['int64', 'uint64', 'long', 'bigint'])
const TEXT_PATTERN = '^-?[0-9]{1,20}$'

/** Whether a schema (of the document, or converted) is of 64-bit integers. */
export function isLongInteger(schema: Fields): boolean {
  const types: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']]
  return (
    types.includes('integer') && typeof schema['format'] === 'string' && LONG.has(schema['format'])
  )
}

/** A converted schema of 64-bit integers, accepting them as decimal text, too: beyond 2^53 only text has all digits. */
export function withIntegerText(schema: Fields): Fields {
  if (!isLongInteger(schema) || 'enum' in schema || 'const' in schema) return schema
  const types: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']]
  if (types.includes('string')) return schema
  return { ...schema, type: [...types, 'string'], pattern: TEXT_PATTERN }
}
