import { intersectAll, nonEmptyNumber } from './intersect.ts'
import {
  itemsOf,
  listOf,
  mapOf,
  namesOf,
  numberOf,
  optional,
  schemaOf,
  stringOf,
  typesOf,
  undeclaredOf,
  valuesOf,
} from './keywords.ts'
import { anyObject, anything, shapeOfValue } from './shape.ts'
import type { IsEmpty } from './intersect.ts'
import type { ArrayShape, NumberShape, ObjectShape, Shape, StringShape } from './shape.ts'
import type { Constraint, SchemaNode, SchemaRecord } from './schema-node.ts'

/** More alternatives than this are not distinguished. */
const MAX_SHAPES = 256
/** Of longer lists of values only the types are used. */
const MAX_VALUES = 4096
/** Pairs of alternatives put together in one comparison; after that alternatives are no longer narrowed down. */
const MAX_MEETS = 100_000
/** Applicators nested deeper than this are not examined. */
const MAX_DEPTH = 64

/** Turns schemas into shapes; results are cached. Every answer covers all values of the schema. */
export class Expander {
  readonly #done = new WeakMap<SchemaNode, readonly Shape[]>()
  #depth = 0
  #meetsLeft = MAX_MEETS

  /** A new comparison begins. */
  refill(): void {
    this.#meetsLeft = MAX_MEETS
  }

  /** The shapes whose values may satisfy every node. None: it is certain that no value does. */
  expand(constraint: Constraint): readonly Shape[] {
    const [first, ...others] = constraint
    if (first === undefined) return anything
    let shapes = this.#node(first)
    for (const node of others) shapes = this.#narrow(shapes, this.#node(node))
    return shapes
  }

  readonly isEmpty: IsEmpty = (constraint) => {
    if (constraint.some((node) => node.schema === false)) return true
    if (this.#depth > MAX_DEPTH) return false
    this.#depth += 1
    try {
      return this.expand(constraint).length === 0
    } finally {
      this.#depth -= 1
    }
  }

  #narrow(shapes: readonly Shape[], by: readonly Shape[]): readonly Shape[] {
    if (by === anything) return shapes
    this.#meetsLeft -= shapes.length * by.length
    if (this.#meetsLeft < 0) return shapes
    const met = intersectAll(shapes, by, this.isEmpty)
    return met.length > MAX_VALUES ? shapes : met
  }

  #node(node: SchemaNode): readonly Shape[] {
    if (node.schema === true) return anything
    if (node.schema === false) return []
    const known = this.#done.get(node)
    if (known !== undefined) return known
    if (this.#depth > MAX_DEPTH) return anything
    this.#done.set(node, anything)
    this.#depth += 1
    const shapes = this.#record(node, node.schema)
    this.#depth -= 1
    this.#done.set(node, shapes)
    return shapes
  }

  #record(node: SchemaNode, schema: SchemaRecord): readonly Shape[] {
    const target = schema['$ref'] === undefined ? undefined : node.document.resolve(schema['$ref'])
    if (schema['$ref'] !== undefined && node.document.legacy) {
      return target === undefined ? anything : this.#node(target)
    }
    let shapes = this.#own(node, schema)
    if (target !== undefined) shapes = this.#narrow(shapes, this.#node(target))
    for (const each of listOf(node, 'allOf') ?? []) shapes = this.#narrow(shapes, this.#node(each))
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = listOf(node, keyword)
      if (branches === undefined || branches.length > MAX_SHAPES) continue
      shapes = this.#narrow(shapes, distinct(branches.flatMap((each) => this.#node(each))))
    }
    const not = schemaOf(node, 'not')
    if (not !== undefined && acceptsAll(not)) return []
    return shapes
  }

  /** The keywords of the schema itself, without those that apply other schemas to the same value. */
  #own(node: SchemaNode, schema: SchemaRecord): readonly Shape[] {
    const types = typesOf(schema, true)
    const shapes = anything
      .filter((shape) => types === undefined || types.kinds.has(shape.kind))
      .flatMap((shape) => this.#constrain(shape, node, schema, types?.integerOnly === true) ?? [])
    for (const name of types?.others ?? []) shapes.push({ kind: 'other', name })
    const values = valuesOf(schema)
    if (values === undefined || values.length > MAX_VALUES) return shapes
    return intersectAll(values.map(shapeOfValue), shapes, this.isEmpty)
  }

  #constrain(
    shape: Shape,
    node: SchemaNode,
    schema: SchemaRecord,
    integer: boolean,
  ): Shape | undefined {
    switch (shape.kind) {
      case 'number':
        return constrainNumber(shape, schema, integer)
      case 'string':
        return constrainString(shape, schema)
      case 'array':
        return constrainArray(shape, node, schema)
      case 'object':
        return constrainObject(node, schema)
      default:
        return shape
    }
  }
}

function acceptsAll(node: SchemaNode): boolean {
  return node.schema === true || (node.schema !== false && Object.keys(node.schema).length === 0)
}

function distinct(shapes: readonly Shape[]): readonly Shape[] {
  return [...new Set(shapes)]
}

function constrainNumber(
  shape: NumberShape,
  schema: SchemaRecord,
  integer: boolean,
): NumberShape | undefined {
  const minimum = numberOf(schema, 'minimum') ?? -Infinity
  const above = numberOf(schema, 'exclusiveMinimum') ?? -Infinity
  const maximum = numberOf(schema, 'maximum') ?? Infinity
  const below = numberOf(schema, 'exclusiveMaximum') ?? Infinity
  const multiple = numberOf(schema, 'multipleOf')
  const format = stringOf(schema, 'format')
  return nonEmptyNumber({
    ...shape,
    integer,
    min: Math.max(minimum, above),
    minOpen: above !== -Infinity && above >= minimum,
    max: Math.min(maximum, below),
    maxOpen: below !== Infinity && below <= maximum,
    multiples: multiple === undefined ? [] : [multiple],
    formats: format === undefined ? [] : [format],
  })
}

function constrainString(shape: StringShape, schema: SchemaRecord): StringShape | undefined {
  const pattern = stringOf(schema, 'pattern')
  const format = stringOf(schema, 'format')
  const minLength = numberOf(schema, 'minLength') ?? 0
  const maxLength = numberOf(schema, 'maxLength') ?? Infinity
  if (minLength > maxLength) return undefined
  return {
    ...shape,
    minLength,
    maxLength,
    patterns: pattern === undefined ? [] : [pattern],
    formats: format === undefined ? [] : [format],
  }
}

function constrainArray(
  shape: ArrayShape,
  node: SchemaNode,
  schema: SchemaRecord,
): ArrayShape | undefined {
  const { prefix, rest } = itemsOf(node)
  const minItems = numberOf(schema, 'minItems') ?? 0
  const maxItems = numberOf(schema, 'maxItems') ?? Infinity
  if (minItems > maxItems) return undefined
  return {
    ...shape,
    prefix: prefix.map((each) => [each]),
    rest,
    minItems,
    maxItems,
    unique: schema['uniqueItems'] === true,
  }
}

function constrainObject(node: SchemaNode, schema: SchemaRecord): ObjectShape | undefined {
  const undeclared = undeclaredOf(node)
  const required = new Set(namesOf(schema, 'required'))
  const properties = new Map(mapOf(node, 'properties').map(([name, each]) => [name, [each]]))
  for (const name of required) {
    if (properties.get(name)?.[0]?.schema === false) return undefined
  }
  return {
    ...anyObject,
    properties,
    patterns: mapOf(node, 'patternProperties').map(([source, each]) => [source, [each]]),
    rest: optional(undeclared),
    open: undeclared === undefined,
    required,
    names: optional(schemaOf(node, 'propertyNames')),
    minProperties: numberOf(schema, 'minProperties') ?? 0,
    maxProperties: numberOf(schema, 'maxProperties') ?? Infinity,
  }
}
