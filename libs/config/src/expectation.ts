import type { TSchema } from '@alkdev/typebox'

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`)

function range(schema: TSchema): string {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number }
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  return minimum === undefined ? '' : ` of at least ${minimum}`
}

/** What a schema wants, in words: `an integer from 1 to 65535`. */
export function expectation(schema: TSchema): string {
  const { anyOf, pattern, minLength, maxLength, minItems, maxItems } = schema as Record<
    string,
    unknown
  >
  if (Array.isArray(anyOf))
    return `one of ${anyOf.map((s: TSchema) => JSON.stringify(s['const'])).join(', ')}`
  switch (schema['type']) {
    case 'integer':
    case 'number':
      return `${article(String(schema['type']))}${range(schema)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return `a list of ${typeof minItems === 'number' ? minItems : 0} to ${String(maxItems)} items`
    case 'object':
      return 'an object'
    default:
      if (typeof pattern === 'string') return `a text that matches ${pattern}`
      return typeof minLength === 'number'
        ? `a text of ${minLength} to ${String(maxLength)} characters`
        : 'a text'
  }
}

/** The kind of what was found, never the thing itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? 'a text' : article(typeof value)
}
