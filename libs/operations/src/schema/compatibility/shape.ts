import { matches } from './portable-checks.ts'
import { isRecord, looseNode, NEVER } from './schema-node.ts'
import type { Constraint } from './schema-node.ts'

/**
 * What is known about a set of JSON values of one kind. A shape may describe more values than the schema it came from
 * (keywords that are not understood are left out), never fewer: whatever holds for every value of the shape holds for
 * every value of the schema.
 */
export type Shape =
  | NullShape
  | BooleanShape
  | NumberShape
  | StringShape
  | ArrayShape
  | ObjectShape
  | OtherShape

export type Kind = Shape['kind']

export interface NullShape {
  readonly kind: 'null'
}

export interface BooleanShape {
  readonly kind: 'boolean'
  readonly value?: boolean
}

export interface NumberShape {
  readonly kind: 'number'
  readonly value?: number
  readonly integer: boolean
  readonly min: number
  /** The bound itself is excluded. */
  readonly minOpen: boolean
  readonly max: number
  readonly maxOpen: boolean
  readonly multiples: readonly number[]
  readonly formats: readonly string[]
}

export interface StringShape {
  readonly kind: 'string'
  readonly value?: string
  /** In code points, as in JSON Schema. */
  readonly minLength: number
  readonly maxLength: number
  readonly patterns: readonly string[]
  readonly formats: readonly string[]
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly value?: readonly unknown[]
  readonly prefix: readonly Constraint[]
  /** Every element after the prefix. */
  readonly rest: Constraint
  readonly minItems: number
  readonly maxItems: number
  readonly unique: boolean
}

export interface ObjectShape {
  readonly kind: 'object'
  readonly value?: Readonly<Record<string, unknown>>
  readonly properties: ReadonlyMap<string, Constraint>
  readonly patterns: readonly (readonly [source: string, constraint: Constraint])[]
  /** Every property that is neither declared nor matched by a pattern. */
  readonly rest: Constraint
  /** No keyword says anything about undeclared properties. */
  readonly open: boolean
  readonly required: ReadonlySet<string>
  readonly names: Constraint
  readonly minProperties: number
  readonly maxProperties: number
}

/** Types outside of JSON, such as TypeBox's `Date`: only known by name. */
export interface OtherShape {
  readonly kind: 'other'
  readonly name: string
}

export const anyNumber: NumberShape = {
  kind: 'number',
  integer: false,
  min: -Infinity,
  minOpen: false,
  max: Infinity,
  maxOpen: false,
  multiples: [],
  formats: [],
}

export const anyString: StringShape = {
  kind: 'string',
  minLength: 0,
  maxLength: Infinity,
  patterns: [],
  formats: [],
}

export const anyArray: ArrayShape = {
  kind: 'array',
  prefix: [],
  rest: [],
  minItems: 0,
  maxItems: Infinity,
  unique: false,
}

export const anyObject: ObjectShape = {
  kind: 'object',
  properties: new Map(),
  patterns: [],
  rest: [],
  open: true,
  required: new Set(),
  names: [],
  minProperties: 0,
  maxProperties: Infinity,
}

/** Every JSON value. */
export const anything: readonly Shape[] = [
  { kind: 'null' },
  { kind: 'boolean' },
  anyNumber,
  anyString,
  anyArray,
  anyObject,
]

export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length += 1
  return length
}

/** The shape that holds exactly one value. */
export function shapeOfValue(value: unknown): Shape {
  if (value === null) return { kind: 'null' }
  switch (typeof value) {
    case 'boolean':
      return { kind: 'boolean', value }
    case 'number':
      return { ...anyNumber, value, integer: Number.isInteger(value), min: value, max: value }
    case 'string': {
      const length = lengthOf(value)
      return { ...anyString, value, minLength: length, maxLength: length }
    }
    default:
  }
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    return {
      ...anyArray,
      value: items,
      prefix: items.map((item) => [looseNode({ const: item })]),
      rest: [NEVER],
      minItems: items.length,
      maxItems: items.length,
      unique: items.length < 2,
    }
  }
  if (!isRecord(value)) return { kind: 'other', name: typeof value }
  const keys = Object.keys(value)
  return {
    ...anyObject,
    value,
    properties: new Map(keys.map((key) => [key, [looseNode({ const: value[key] })]])),
    rest: [NEVER],
    open: false,
    required: new Set(keys),
    minProperties: keys.length,
    maxProperties: keys.length,
  }
}

/** Everything the shape says about the property `name`. */
export function propertyOf(shape: ObjectShape, name: string): Constraint {
  const own = shape.properties.get(name)
  if (shape.patterns.length === 0) return own ?? shape.rest
  const judged = shape.patterns.map(([source, constraint]) => ({
    constraint,
    isMatch: matches(source, name),
  }))
  // It is unknown which patterns apply: only the property's own schema is certain.
  if (judged.some((each) => each.isMatch === undefined)) return own ?? []
  const matched = judged.filter((each) => each.isMatch === true)
  if (own === undefined && matched.length === 0) return shape.rest
  return [...(own ?? []), ...matched.flatMap((each) => each.constraint)]
}

/** Whether a keyword of the shape may name the property, so that it is not only covered by the rules for all others. */
export function isDeclared(shape: ObjectShape, name: string): boolean {
  return (
    shape.properties.has(name) || shape.patterns.some(([source]) => matches(source, name) !== false)
  )
}

export function elementOf(shape: ArrayShape, index: number): Constraint {
  return shape.prefix[index] ?? shape.rest
}
