import { isTextNestedDeeper, JsonDepthError, MAX_JSON_DEPTH, parseJson } from '@alkdev/std'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { isLongInteger } from './integer-text.ts'
import { schemasInPlace, schemasOfMember, typesOf } from './schema-walk.ts'
import type { Node, OpenAPISpec } from './types.ts'

/** `JSON` with the additions of ES2026. */
interface SourceJson {
  rawJSON(text: string): unknown
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown
}
const sourceJson = JSON as unknown as SourceJson

/** An integer of an answer that a number would round. */
class LongInteger {
  /** All its digits. */
  readonly text: string
  /** It is written as integers are: without a fraction and without an exponent. */
  readonly isPlain: boolean

  constructor(text: string, isPlain: boolean) {
    this.text = text
    this.isPlain = isPlain
  }

  /** The integer that a JSON number means, if it has at most 20 digits or is written as integers are. */
  static of(source: string): LongInteger | undefined {
    if (/^-?\d+$/.test(source)) return new LongInteger(source, true)
    const [, sign = '', whole = '', fraction = '', exponent = '0'] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(source) ?? []
    if (whole === '') return undefined
    const point = whole.length + Number(exponent)
    const digits = whole + fraction
    if (point < 1 || point > 40 || /[^0]/.test(digits.slice(point))) return undefined
    const text = digits
      .slice(0, point)
      .padEnd(point, '0')
      .replace(/^0+(?=\d)/, '')
    return text.length > 20 ? undefined : new LongInteger(sign + text, false)
  }
}

/** Whether JSON may have a number that means an integer beyond 2^53. */
const MAY_BE_LONG = /\d{16}|\d[eE]\+?\d/
const INTEGER = /^-?\d{1,20}$/

/**
 * The JSON of a value in which texts that stand for 64-bit integers of the document's schema are written as numbers, with all their digits.
 */
export function stringifyIntegers(spec: OpenAPISpec, schema: unknown, value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined || !/"-?\d{1,20}"/.test(text)) return text
  return JSON.stringify(
    mapLeaves(spec, value, [schema], (leaf, schemas) =>
      typeof leaf === 'string' &&
      INTEGER.test(leaf) &&
      schemas.some(isLongInteger) &&
      !schemas.some((one) => typesOf(one).includes('string'))
        ? sourceJson.rawJSON(BigInt(leaf).toString())
        : leaf,
    ),
  )
}

/** The parsed value of a JSON text. */
export interface ParsedJson {
  readonly data: unknown
  /**
   * The data as its schema is to judge it: an integer beyond 2^53 that the document describes as `integer` without a format is text in the
   * data, and a number here.
   */
  readonly judged: unknown
}

/**
 * Parses JSON; an integer beyond 2^53 becomes text with all its digits, unless the document says `number` there and not `integer`. One that
 * is written with a fraction of zeros or an exponent does so only where the document says `integer`. `schemas` are those of the document,
 * of which any may apply. Throws SyntaxError, and JsonDepthError for more than 512 levels.
 */
export function parseIntegers(
  spec: OpenAPISpec,
  schemas: readonly unknown[],
  text: string,
): ParsedJson {
  if (!MAY_BE_LONG.test(text)) {
    const data = parseJson(text)
    return { data, judged: data }
  }
  if (isTextNestedDeeper(text, MAX_JSON_DEPTH)) throw new JsonDepthError(MAX_JSON_DEPTH)
  let found = false
  const value = sourceJson.parse(text, (_, parsed, { source }) => {
    if (typeof parsed !== 'number' || Number.isSafeInteger(parsed)) return parsed
    const integer = source === undefined ? undefined : LongInteger.of(source)
    if (integer === undefined) return parsed
    found = true
    return integer
  })
  if (!found) return { data: value, judged: value }
  let isRounded = false
  const data = mapLeaves(spec, value, schemas, (leaf, applying) => {
    if (!(leaf instanceof LongInteger)) return leaf
    const types = applying.flatMap(typesOf)
    const isInteger = types.includes('integer') || (leaf.isPlain && !types.includes('number'))
    if (isInteger && mayRound(applying)) isRounded = true
    return isInteger ? leaf.text : Number(leaf.text)
  })
  if (!isRounded) return { data, judged: data }
  const judged = mapLeaves(spec, value, schemas, (leaf, applying) => {
    if (!(leaf instanceof LongInteger)) return leaf
    const types = applying.flatMap(typesOf)
    const isInteger = types.includes('integer') || (leaf.isPlain && !types.includes('number'))
    return isInteger && !mayRound(applying) ? leaf.text : Number(leaf.text)
  })
  return { data, judged }
}

/** Whether schemas are of integers that they do not accept as text. */
function mayRound(schemas: readonly Node[]): boolean {
  return (
    schemas.some((one) => typesOf(one).includes('integer')) &&
    !schemas.some((one) => isLongInteger(one) || typesOf(one).includes('string'))
  )
}

function mapLeaves(
  spec: OpenAPISpec,
  value: unknown,
  schemas: readonly unknown[],
  change: (leaf: unknown, schemas: readonly Node[]) => unknown,
): unknown {
  const isContainer = Array.isArray(value) || isPlainObject(value)
  if (!isContainer && typeof value !== 'string' && !(value instanceof LongInteger)) return value
  const applying = schemasInPlace(spec, schemas)
  if (!isContainer) return change(value, applying)
  const out: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {}
  for (const [key, member] of Object.entries(value))
    Object.defineProperty(out, key, {
      value: mapLeaves(spec, member, schemasOfMember(applying, key), change),
      configurable: true,
      enumerable: true,
      writable: true,
    })
  return out
}
