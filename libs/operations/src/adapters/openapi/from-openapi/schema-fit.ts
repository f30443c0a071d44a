import { isPlainObject } from '../../../schema/schema-limits.ts'

type Fields = Readonly<Record<string, unknown>>

/** Keywords whose value is a schema, a list of schemas, or an object of schemas. */
const SINGLE = ['items', 'additionalProperties', 'contains', 'propertyNames']
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const MAPS = ['properties', 'patternProperties', 'dependentSchemas']

/**
 * The schema in at most `maxBytes` bytes of JSON (at least some 100): its largest nested schemas are cut first, each inside itself, so that the smaller ones stay
 * whole. What is cut accepts more than before. A schema that does not fit without its nested schemas, because of a long `enum` for example, becomes its `type` alone.
 * The schema must have no keyword that refuses more where a part accepts more (`not`, `if` and their kind).
 */
export function fitSchema(schema: unknown, maxBytes: number): unknown {
  if (bytesOf(schema) <= maxBytes || !isPlainObject(schema)) return schema
  const parts = partsOf(schema)
  let left = maxBytes - bytesOf(schema)
  for (const { bytes } of parts) left += bytes - SMALLEST
  if (left < 0) return typeAlone(schema, maxBytes)
  const fitted: unknown[] = []
  const bySize = parts.toSorted((a, b) => a.bytes - b.bytes)
  for (const [done, { value, index }] of bySize.entries()) {
    const share = SMALLEST + Math.floor(left / (bySize.length - done))
    const smaller = fitSchema(value, share)
    left -= bytesOf(smaller) - SMALLEST
    fitted[index] = smaller
  }
  let next = 0
  return withParts(schema, () => fitted[next++])
}

/** Bytes of `true`, which stands for a part that is cut. */
const SMALLEST = 4

function typeAlone({ type }: Fields, maxBytes: number): unknown {
  const small = type === undefined ? true : { type }
  return bytesOf(small) <= maxBytes ? small : true
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

interface Part {
  readonly value: unknown
  readonly bytes: number
  /** Its place in the order in which `withParts` visits. */
  readonly index: number
}

function partsOf(schema: Fields): readonly Part[] {
  const parts: Part[] = []
  withParts(schema, (value) => {
    parts.push({ value, bytes: bytesOf(value), index: parts.length })
    return value
  })
  return parts
}

/** A copy with each nested schema that is an object replaced by what `change` makes of it. */
function withParts(schema: Fields, change: (value: unknown) => unknown): Fields {
  const one = (value: unknown): unknown =>
    isPlainObject(value) && bytesOf(value) > SMALLEST ? change(value) : value
  const out: Record<string, unknown> = { ...schema }
  for (const keyword of SINGLE) if (keyword in out) out[keyword] = one(out[keyword])
  for (const keyword of LISTS)
    if (Array.isArray(out[keyword])) out[keyword] = (out[keyword] as unknown[]).map(one)
  for (const keyword of MAPS)
    if (isPlainObject(out[keyword]))
      out[keyword] = Object.fromEntries(
        Object.entries(out[keyword]).map(([name, value]) => [name, one(value)]),
      )
  return out
}
