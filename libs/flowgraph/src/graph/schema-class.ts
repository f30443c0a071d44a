import { compareNodes, isUnknown, nodesFit } from '../analysis/type-compat.ts'
import { ANY, Expander, portableText, propertyOf, rootNode } from '@alkdev/operations/internal'
import type { Constraint, Kind, ObjectShape, SchemaNode, Shape } from '@alkdev/operations/internal'
import type { Undeclared } from '@alkdev/operations/schema-compatibility'
import { plainFits, plainObjectOf } from './plain-object.ts'
import type { JsonSchema } from '@alkdev/operations'
import type { TypeCompatResult } from '../analysis/type-compat.ts'
import type { PlainObject } from './plain-object.ts'

const BITS: Readonly<Record<Kind, number>> = {
  null: 1,
  boolean: 2,
  number: 4,
  string: 8,
  array: 16,
  object: 32,
  other: 64,
}
/** Every kind of JSON value; what takes all of them takes others too. */
const EVERY = 63

function kindsOf(shapes: readonly Shape[]): number {
  return shapes.reduce((kinds, shape) => kinds | BITS[shape.kind], 0)
}

/** What decides most comparisons without a comparison: kinds of values, required and declared properties. */
export interface SchemaSummary {
  readonly kinds: number
  /** Only meaningful when every value is an object. */
  readonly required: readonly string[]
  readonly requiredSet: ReadonlySet<string>
  readonly propertyKinds: ReadonlyMap<string, number>
}

/** Schemas that are the same but for annotations are one class; classes are compared, not operations. */
export interface SchemaClass {
  readonly node: SchemaNode
  /** Accepts anything: has no typed edge. */
  readonly unknown: boolean
  readonly summary: SchemaSummary
  readonly plain: PlainObject | undefined
  /** `requiredBits` as an output: all bits where it can't be determined. */
  readonly givesBits: number
  /** `requiredBits` as an input: no bits where it can't be determined. */
  readonly takesBits: number
}

function summarize(node: SchemaNode, expander: Expander): SchemaSummary {
  const shapes = expander.expand([node])
  const kinds = kindsOf(shapes)
  const objects = shapes.filter((shape): shape is ObjectShape => shape.kind === 'object')
  const [first] = objects
  if (kinds !== BITS.object || first === undefined) {
    return { kinds, required: [], requiredSet: new Set(), propertyKinds: new Map() }
  }
  const required = [...first.required].filter((name) =>
    objects.every((each) => each.required.has(name)),
  )
  const names = new Set(objects.flatMap((each) => [...each.properties.keys(), ...each.required]))
  const propertyKinds = new Map<string, number>()
  for (const name of names) {
    const kinds = objects.reduce(
      (all, each) => all | constraintKinds(propertyOf(each, name), expander),
      0,
    )
    propertyKinds.set(name, kinds)
  }
  return { kinds, required, requiredSet: new Set(required), propertyKinds }
}

function constraintKinds(constraint: Constraint, expander: Expander): number {
  const kinds = constraint.length === 0 ? EVERY : kindsOf(expander.expand(constraint))
  // A schema that says nothing takes as much as no schema.
  return (kinds | BITS.other) === EVERY ? EVERY : kinds
}

/** Can the output possibly fit the input? A quick no; a yes has to be looked into. */
export function mayFit(output: SchemaSummary, input: SchemaSummary): boolean {
  if (output.kinds === 0) return true
  if (!takesKinds(output.kinds, input.kinds)) return false
  for (const name of input.required) {
    if (!output.requiredSet.has(name)) return false
    const gives = output.propertyKinds.get(name) ?? EVERY
    const takes = input.propertyKinds.get(name) ?? EVERY
    if (!takesKinds(gives, takes)) return false
  }
  return true
}

function takesKinds(gives: number, takes: number): boolean {
  return takes === EVERY || (gives & ~takes) === 0
}

/** Gives each schema its class, and compares classes. Schemas must not be changed afterwards. */
export class SchemaClasses {
  readonly #expander = new Expander()
  readonly #undeclared: Undeclared
  readonly #classes = new Map<string | SchemaNode, SchemaClass>()
  readonly #numbers = new Map<string | SchemaNode, number>()
  readonly #numbered: SchemaNode[] = []
  /** What was found out about pairs of numbered schemas. */
  readonly #known = new Map<number, boolean>()
  readonly #anything: number

  constructor(undeclared: Undeclared) {
    this.#undeclared = undeclared
    this.#anything = this.#numberOf(ANY) ?? 0
  }

  classOf(schema: JsonSchema): SchemaClass {
    const node = rootNode(schema)
    const key = keyOf(node)
    const known = this.#classes.get(key)
    if (known !== undefined) return known
    this.#expander.refill()
    const plain = plainObjectOf(
      node,
      (each) => this.#numberOf(each),
      this.#undeclared,
      this.#expander,
    )
    const made: SchemaClass = {
      node,
      unknown: isUnknown(node),
      summary: summarize(node, this.#expander),
      plain,
      givesBits: plain?.requiredBits ?? -1,
      takesBits: plain?.requiredBits ?? 0,
    }
    this.#classes.set(key, made)
    return made
  }

  /** The class is used no longer. What was learnt of the schemas of its properties stays, up to a limit. */
  forget(schema: SchemaClass): void {
    this.#classes.delete(keyOf(schema.node))
  }

  fits(output: SchemaClass, input: SchemaClass): boolean {
    const [gives, takes] = [output.plain, input.plain]
    if (gives === undefined || takes === undefined) {
      if (!mayFit(output.summary, input.summary)) return false
      return nodesFit(output.node, input.node, this.#expander, this.#undeclared)
    }
    return plainFits(gives, takes, this.#numbersFit, this.#anything)
  }

  /** `typeCompat` of two classes. */
  compare(output: SchemaClass, input: SchemaClass): TypeCompatResult {
    return compareNodes(output.node, input.node, this.#expander, this.#undeclared)
  }

  readonly #numbersFit = (output: number, input: number): boolean => {
    const key = output * MAX_NUMBER + input
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const [gives, takes] = [this.#numbered[output] ?? ANY, this.#numbered[input] ?? ANY]
    const fits = nodesFit(gives, takes, this.#expander, this.#undeclared)
    if (this.#known.size < MAX_KNOWN) this.#known.set(key, fits)
    return fits
  }

  /** `undefined` when there are too many to remember. */
  #numberOf(node: SchemaNode): number | undefined {
    const key = keyOf(node)
    const known = this.#numbers.get(key)
    if (known !== undefined || this.#numbered.length >= MAX_NUMBERED) return known
    this.#numbers.set(key, this.#numbered.length)
    this.#numbered.push(node)
    return this.#numbered.length - 1
  }
}

const MAX_NUMBER = 2 ** 26
/** Schemas of properties remembered at most. */
const MAX_NUMBERED = 200_000
/** Verdicts remembered at most. */
const MAX_KNOWN = 1_000_000

/** Nodes with the same key accept the same values. */
function keyOf(node: SchemaNode): string | SchemaNode {
  if (typeof node.schema === 'boolean') return String(node.schema)
  const text = portableText(node)
  return text === '{}' ? 'true' : (text ?? node)
}
