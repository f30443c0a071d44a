import { isMultiple, matches } from './portable-checks.ts'
import { elementOf, propertyOf } from './shape.ts'
import { sameJson } from './canonical-schema.ts'
import type { ArrayShape, NumberShape, ObjectShape, Shape, StringShape } from './shape.ts'
import type { Constraint } from './schema-node.ts'

/** True when it is certain that no value satisfies the constraint; `false` when it is not known. */
export type IsEmpty = (constraint: Constraint) => boolean

/** The values in both shapes (or a few more), or `undefined` when it is certain that there is none. */
export function intersect(a: Shape, b: Shape, isEmpty: IsEmpty): Shape | undefined {
  switch (a.kind) {
    case 'null':
      return b.kind === 'null' ? a : undefined
    case 'boolean':
      if (b.kind !== 'boolean') return undefined
      if (a.value !== undefined && b.value !== undefined && a.value !== b.value) return undefined
      return a.value === undefined ? b : a
    case 'number':
      return b.kind === 'number' ? meetNumbers(a, b) : undefined
    case 'string':
      return b.kind === 'string' ? meetStrings(a, b) : undefined
    case 'array':
      return b.kind === 'array' ? meetArrays(a, b, isEmpty) : undefined
    case 'object':
      return b.kind === 'object' ? meetObjects(a, b, isEmpty) : undefined
    case 'other':
      return b.kind === 'other' && b.name === a.name ? a : undefined
    default:
      return a satisfies never
  }
}

/** Every pair that has values in common. */
export function intersectAll(
  left: readonly Shape[],
  right: readonly Shape[],
  isEmpty: IsEmpty,
): readonly Shape[] {
  return left.flatMap((a) => right.flatMap((b) => intersect(a, b, isEmpty) ?? []))
}

/** The value both have to be; `false` when they can't be the same. */
function sharedValue<T>(a: { value?: T }, b: { value?: T }): { value?: T } | false {
  if (a.value === undefined) return b.value === undefined ? {} : { value: b.value }
  if (b.value !== undefined && !sameJson(a.value, b.value)) return false
  return { value: a.value }
}

function meetNumbers(a: NumberShape, b: NumberShape): NumberShape | undefined {
  const value = sharedValue(a, b)
  if (value === false) return undefined
  const low = a.min === b.min ? { ...a, minOpen: a.minOpen || b.minOpen } : a.min > b.min ? a : b
  const high = a.max === b.max ? { ...a, maxOpen: a.maxOpen || b.maxOpen } : a.max < b.max ? a : b
  return nonEmptyNumber({
    kind: 'number',
    ...value,
    integer: a.integer || b.integer,
    min: low.min,
    minOpen: low.minOpen,
    max: high.max,
    maxOpen: high.maxOpen,
    multiples: [...new Set([...a.multiples, ...b.multiples])],
    formats: [...new Set([...a.formats, ...b.formats])],
  })
}

/** The shape with bounds of integers rounded inwards, or `undefined` when no number is left. */
export function nonEmptyNumber(shape: NumberShape): NumberShape | undefined {
  let { min, minOpen, max, maxOpen } = shape
  if (shape.integer) {
    const [low, high] = [Math.ceil(min), Math.floor(max)]
    if (low !== min || (minOpen && Number.isSafeInteger(min))) {
      min = low === min ? min + 1 : low
      minOpen = false
    }
    if (high !== max || (maxOpen && Number.isSafeInteger(max))) {
      max = high === max ? max - 1 : high
      maxOpen = false
    }
  }
  if (min > max || (min === max && (minOpen || maxOpen))) return undefined
  const exact = shape.value
  if (exact !== undefined) {
    if (shape.integer && !Number.isInteger(exact)) return undefined
    if (shape.multiples.some((each) => isMultiple(exact, each) === false)) return undefined
  }
  return { ...shape, min, minOpen, max, maxOpen }
}

function meetStrings(a: StringShape, b: StringShape): StringShape | undefined {
  const value = sharedValue(a, b)
  if (value === false) return undefined
  const minLength = Math.max(a.minLength, b.minLength)
  const maxLength = Math.min(a.maxLength, b.maxLength)
  const patterns = [...new Set([...a.patterns, ...b.patterns])]
  if (minLength > maxLength) return undefined
  const text = value.value
  if (text !== undefined && patterns.some((each) => matches(each, text) === false)) {
    return undefined
  }
  return {
    kind: 'string',
    ...value,
    minLength,
    maxLength,
    patterns,
    formats: [...new Set([...a.formats, ...b.formats])],
  }
}

function meetArrays(a: ArrayShape, b: ArrayShape, isEmpty: IsEmpty): ArrayShape | undefined {
  const value = sharedValue(a, b)
  if (value === false) return undefined
  const minItems = Math.max(a.minItems, b.minItems)
  const maxItems = Math.min(a.maxItems, b.maxItems)
  if (minItems > maxItems) return undefined
  const length = Math.max(a.prefix.length, b.prefix.length)
  const prefix = Array.from({ length }, (_, at) => both(elementOf(a, at), elementOf(b, at)))
  const rest = both(a.rest, b.rest)
  const needed = minItems > length ? [...prefix, rest] : prefix.slice(0, minItems)
  if (needed.some((each) => isEmpty(each))) return undefined
  return { kind: 'array', ...value, prefix, rest, minItems, maxItems, unique: a.unique || b.unique }
}

function meetObjects(a: ObjectShape, b: ObjectShape, isEmpty: IsEmpty): ObjectShape | undefined {
  const value = sharedValue(a, b)
  if (value === false) return undefined
  const minProperties = Math.max(a.minProperties, b.minProperties)
  const maxProperties = Math.min(a.maxProperties, b.maxProperties)
  if (minProperties > maxProperties) return undefined
  const properties = new Map<string, Constraint>()
  for (const name of [...a.properties.keys(), ...b.properties.keys()]) {
    if (!properties.has(name)) properties.set(name, both(propertyOf(a, name), propertyOf(b, name)))
  }
  const required = new Set([...a.required, ...b.required])
  const rest = both(a.rest, b.rest)
  const result: ObjectShape = {
    kind: 'object',
    ...value,
    properties,
    patterns: [...a.patterns, ...b.patterns],
    rest,
    open: a.open && b.open,
    required,
    names: both(a.names, b.names),
    minProperties,
    maxProperties,
  }
  for (const name of required) if (isEmpty(propertyOf(result, name))) return undefined
  return result
}

function both(a: Constraint, b: Constraint): Constraint {
  if (a.length === 0) return b
  if (b.length === 0) return a
  return [...new Set([...a, ...b])]
}
