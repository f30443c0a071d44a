import { isFlag } from './schema-keywords.ts'

type Fields = Record<string, unknown>

const NOTES = ['title', 'description', 'default'] as const
/** Keywords that a `null` would have to pass beside `type`, `enum` and `const`. */
const IN_PLACE = ['$ref', 'allOf', 'anyOf', 'not', 'if']

/** Whether a schema of a document is meant to accept null: `nullable` in all versions, also beside `$ref` or without `type`, as generators write it. */
export function isNullable(node: Fields): boolean {
  return isFlag(node['nullable']) || isFlag(node['x-nullable'])
}

/** The converted schema with null added, where `node` (as the document has it) means so. */
export function withNull(node: Fields, out: Fields): Fields {
  const types: unknown[] = Array.isArray(out['type']) ? out['type'] : [out['type']]
  if (!isNullable(node)) {
    // Generators add null to the types of an enumeration and not to its values.
    const values = out['enum']
    return types.includes('null') && Array.isArray(values) && !values.includes(null)
      ? { ...out, enum: [...values, null] }
      : out
  }
  const constrained = Object.keys(out).filter((key) => !(NOTES as readonly string[]).includes(key))
  if (constrained.length === 0) return out
  if (out['type'] !== undefined && !('const' in out) && !IN_PLACE.some((key) => key in out)) {
    const values = out['enum']
    return {
      ...out,
      type: [...new Set([...types, 'null'])],
      ...(Array.isArray(values) && !values.includes(null) && { enum: [...values, null] }),
    }
  }
  const kept: Fields = {}
  const rest: Fields = {}
  for (const [key, value] of Object.entries(out))
    if ((NOTES as readonly string[]).includes(key)) kept[key] = value
    else rest[key] = value
  return { ...kept, anyOf: [rest, { type: 'null' }] }
}
