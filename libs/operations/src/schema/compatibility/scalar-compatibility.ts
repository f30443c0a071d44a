import { sameJson } from './canonical-schema.ts'
import { isMultiple, matches } from './portable-checks.ts'
import { describeSchema, describeShape } from './mismatch.ts'
import type { Comparison } from './comparison.ts'
import type { SchemaNode, SchemaRecord } from './schema-node.ts'
import type { NumberShape, Shape, StringShape } from './shape.ts'

/** Formats that apply to numbers; all others apply to strings. */
const NUMERIC_FORMATS: ReadonlySet<string> = new Set(['int32', 'int64', 'float', 'double'])
const large = new WeakMap<readonly unknown[], ReadonlySet<unknown>>()

/** `enum` and `const`: only a shape of one value can be inside of them (or a boolean, when both are listed). */
export function areValuesCompatible(
  to: Comparison,
  shape: Shape,
  target: SchemaNode,
  path: string,
): boolean {
  const schema = target.schema as SchemaRecord
  const lists = [schema['enum'], Object.hasOwn(schema, 'const') ? [schema['const']] : undefined]
  for (const list of lists) {
    if (list === undefined) continue
    if (!Array.isArray(list))
      return to.report('unproven', path, 'a list of values', describeShape(shape))
    const inside = possibleValues(shape)?.every((value) => includes(list, value)) ?? false
    if (!inside) return to.report('value', path, describeSchema(target), describeShape(shape))
  }
  return true
}

function possibleValues(shape: Shape): readonly unknown[] | undefined {
  if (shape.kind === 'null') return [null]
  if (shape.kind === 'boolean') return shape.value === undefined ? [true, false] : [shape.value]
  const value = 'value' in shape ? shape.value : undefined
  return value === undefined ? undefined : [value]
}

function includes(list: readonly unknown[], value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return list.some((each) => sameJson(each, value))
  let members = large.get(list)
  if (members === undefined) large.set(list, (members = new Set(list)))
  return members.has(value)
}

export function isNumberCompatible(
  to: Comparison,
  shape: NumberShape,
  target: SchemaNode,
  path: string,
): boolean {
  const schema = target.schema as SchemaRecord
  const bound = (keyword: string, holds: (limit: number) => boolean): boolean => {
    const limit = schema[keyword]
    if (limit === undefined) return true
    if (typeof limit === 'number' && holds(limit)) return true
    const reason = typeof limit === 'number' ? 'value' : 'unproven'
    return to.report(reason, path, `${keyword} ${JSON.stringify(limit)}`, rangeText(shape))
  }
  return [
    bound('minimum', (limit) => shape.min >= limit),
    bound('maximum', (limit) => shape.max <= limit),
    bound(
      'exclusiveMinimum',
      (limit) => shape.min > limit || (shape.min === limit && shape.minOpen),
    ),
    bound(
      'exclusiveMaximum',
      (limit) => shape.max < limit || (shape.max === limit && shape.maxOpen),
    ),
    bound('multipleOf', (limit) => dividesAll(shape, limit)),
    fitsFormat(to, shape, target, path),
  ].every(Boolean)
}

/** Quotients of fractions are rounded, so multiples are compared only where every number involved is whole. */
function dividesAll(shape: NumberShape, of: number): boolean {
  if (shape.value !== undefined) return isMultiple(shape.value, of) === true
  if (of === 1 && shape.integer) return true
  return shape.multiples.some(
    (each) =>
      each === of || (Number.isSafeInteger(each) && Number.isSafeInteger(of) && each % of === 0),
  )
}

function rangeText(shape: NumberShape): string {
  if (shape.value !== undefined) return describeShape(shape)
  const low = shape.min === -Infinity ? '' : ` ${shape.minOpen ? 'over' : 'from'} ${shape.min}`
  const high = shape.max === Infinity ? '' : ` ${shape.maxOpen ? 'below' : 'up to'} ${shape.max}`
  const multiples = shape.multiples.map((each) => `, multiple of ${each}`).join('')
  return `${describeShape(shape)}${low}${high}${multiples}`
}

export function isStringCompatible(
  to: Comparison,
  shape: StringShape,
  target: SchemaNode,
  path: string,
): boolean {
  const schema = target.schema as SchemaRecord
  const { minLength = 0, maxLength = Infinity, pattern } = schema
  let fits = true
  if (typeof minLength !== 'number' || shape.minLength < minLength) {
    fits = to.report('value', path, `minLength ${String(minLength)}`, lengthText(shape))
  }
  if (typeof maxLength !== 'number' || shape.maxLength > maxLength) {
    fits = to.report('value', path, `maxLength ${String(maxLength)}`, lengthText(shape))
  }
  if (pattern !== undefined && !hasPattern(shape, pattern)) {
    fits = to.report('value', path, `pattern ${JSON.stringify(pattern)}`, patternText(shape))
  }
  return fitsFormat(to, shape, target, path) && fits
}

function hasPattern(shape: StringShape, pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false
  if (pattern === '' || shape.patterns.includes(pattern)) return true
  return shape.value !== undefined && matches(pattern, shape.value) === true
}

function lengthText(shape: StringShape): string {
  if (shape.value !== undefined) return describeShape(shape)
  const most = shape.maxLength === Infinity ? 'any length' : `at most ${shape.maxLength} long`
  return `string of ${shape.minLength > 0 ? `at least ${shape.minLength}, ` : ''}${most}`
}

function patternText(shape: StringShape): string {
  const patterns = shape.patterns.map((each) => ` of pattern ${each}`).join('')
  return describeShape(shape) + patterns
}

/** A format holds only when the output declares the same one: its members are not computed here. */
function fitsFormat(
  to: Comparison,
  shape: NumberShape | StringShape,
  target: SchemaNode,
  path: string,
): boolean {
  const { format } = target.schema as SchemaRecord
  if (format === undefined) return true
  if (typeof format === 'string') {
    if (NUMERIC_FORMATS.has(format) !== (shape.kind === 'number')) return true
    if (shape.formats.includes(format)) return true
  }
  return to.report(
    'value',
    path,
    `format ${JSON.stringify(format)}`,
    shape.formats.join(' and ') || 'no format',
  )
}
