import { describedPattern } from '../../../schema/pattern-messages.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { decimalPattern } from './decimal-range.ts'
import type { Lookup } from './schema-flags.ts'

type Fields = Record<string, unknown>

interface Range {
  readonly low: bigint
  readonly high: bigint
}

const INT64: Range = { low: -(2n ** 63n), high: 2n ** 63n - 1n }
const UINT64: Range = { low: 0n, high: 2n ** 64n - 1n }
/** Without a bound by its format; as long as the longest of the others. */
const BIGINT: Range = { low: -(10n ** 20n) + 1n, high: 10n ** 20n - 1n }

/** Formats of integers that a JavaScript number cannot hold in full. */
const LONG: ReadonlyMap<unknown, Range> = new Map([
  ['int64', INT64],
  ['uint64', UINT64],
  ['long', INT64],
  ['bigint', BIGINT],
])

/** Maximum schemas that one check examines. */
const MAX_LOOKED = 64

/** Whether a schema (of the document, or converted) is of 64-bit integers. */
export function isLongInteger(schema: Fields): boolean {
  return typesIn(schema).includes('integer') && LONG.has(schema['format'])
}

/**
 * The format of the 64-bit integers that a schema of the document is of, by itself or by what it refers to or combines; undefined where it
 * is of something else, and where it may also be any text.
 */
export function longFormatOf(node: unknown, lookup: Lookup): string | undefined {
  const seen = new Set<unknown>()
  const waiting = [node]
  let format: string | undefined
  while (waiting.length > 0 && seen.size < MAX_LOOKED) {
    const next = waiting.pop()
    if (!isPlainObject(next) || seen.has(next)) continue
    seen.add(next)
    if (typesIn(next).includes('string')) return undefined
    if (isLongInteger(next)) format = next['format'] as string
    if (typeof next['$ref'] === 'string') waiting.push(lookup(next['$ref'], next))
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      if (Array.isArray(next[keyword])) waiting.push(...(next[keyword] as unknown[]))
  }
  return format
}

/**
 * A converted schema of 64-bit integers, accepting them as decimal text, too: beyond 2^53 only text has all digits. The text has to be one
 * of the format, inside the bounds and the values of the schema. Where `mayBeLong` says no, a long pattern is replaced by one that takes
 * any text with as many digits. `format` is the one that schemas around it give to the same value; such a schema gets the bounds of its own
 * only.
 */
export function withIntegerText(
  schema: Fields,
  format: string | undefined,
  mayBeLong: () => boolean = () => true,
): Fields {
  const isLong = isLongInteger(schema)
  const range = LONG.get(isLong ? schema['format'] : format)
  if (range === undefined || 'pattern' in schema) return schema
  const types = typesIn(schema)
  if (types.includes('string') || (!isLong && types.length > 0)) return schema
  const withType = isLong ? { ...schema, type: [...types, 'string'] } : schema
  const values = 'const' in schema ? [schema['const']] : schema['enum']
  if (Array.isArray(values)) {
    const { const: _, ...others } = withType
    return { ...others, enum: [...values, ...values.filter(Number.isInteger).map(String)] }
  }
  if (!isLong && !BOUNDS.some((bound) => bound in schema)) return schema
  const { low, high } = inside(range, schema)
  const exact = decimalPattern(low, high)
  const isLongPattern = exact !== undefined && exact.length > MAX_SHORT_PATTERN
  const pattern = isLongPattern && !mayBeLong() ? digitsPattern(low, high) : exact
  if (pattern === undefined) return schema
  const message = `must be an integer from ${low} to ${high}`
  return { ...withType, pattern: describedPattern(pattern, message) }
}

/** A pattern of the lengths of the bounds only. */
function digitsPattern(low: bigint, high: bigint): string {
  const most = Math.max(low.toString().replace('-', '').length, high.toString().length)
  return `^(?:0|${low < 0n ? '-?' : ''}[1-9]\\d{0,${most - 1}})$`
}

const MAX_SHORT_PATTERN = 64
const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const

/** The part of a range that the bounds of a schema leave. */
function inside({ low, high }: Range, schema: Fields): Range {
  const [least, most, above, below] = BOUNDS.map((keyword) => schema[keyword])
  let [from, to] = [low, high]
  if (typeof least === 'number') from = larger(from, BigInt(Math.ceil(least)))
  if (typeof above === 'number') from = larger(from, BigInt(Math.floor(above)) + 1n)
  if (typeof most === 'number') to = smaller(to, BigInt(Math.floor(most)))
  if (typeof below === 'number') to = smaller(to, BigInt(Math.ceil(below)) - 1n)
  return { low: from, high: to }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function typesIn(schema: Fields): readonly unknown[] {
  const { type } = schema
  if (type === undefined) return []
  return Array.isArray(type) ? type : [type]
}
