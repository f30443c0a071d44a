import { isAnnotation } from './canonical-schema.ts'
import type { Expander } from './expand.ts'
import { isArrayCompatible } from './array-compatibility.ts'
import { isObjectCompatible } from './object-compatibility.ts'
import {
  isNumberCompatible,
  isStringCompatible,
  areValuesCompatible,
} from './scalar-compatibility.ts'
import { listOf, schemaOf, typesOf } from './keywords.ts'
import { intersect } from './intersect.ts'
import { describeSchema, describeShape, describeShapes } from './mismatch.ts'
import { splitShape } from './split.ts'
import { isSameSchema } from './schema-node.ts'
import type { MismatchReason, TypeMismatch } from './mismatch.ts'
import type { Constraint, SchemaNode, SchemaRecord } from './schema-node.ts'
import type { Shape } from './shape.ts'

/** Values nested deeper than this are not compared. */
const MAX_DEPTH = 96
/** Schemas applied inside each other, references included, deeper than this are not compared. */
const MAX_NESTING = 300
const MAX_SPLITS = 3

/** Whether an output may have properties that its schema does not name. */
export type Undeclared = 'possible' | 'absent'

/**
 * One comparison. Every `fits...` answers true only when it is proven that each value of the first argument is a value of
 * the second; `report` collects the reasons when it is not.
 */
export class Comparison {
  readonly undeclared: Undeclared
  readonly mismatches: TypeMismatch[] = []
  readonly expander: Expander
  readonly #maxMismatches: number
  #stepsLeft: number
  #silent = 0
  #depth = 0
  #nesting = 0
  /** Pairs under comparison and the depth in the value at which they were met; see `#assume`. */
  readonly #open = new Map<SchemaNode, Map<string, number>>()
  readonly #ids = new Map<SchemaNode, number>()

  constructor(options: {
    undeclared: Undeclared
    maxSteps: number
    maxMismatches: number
    expander: Expander
  }) {
    this.undeclared = options.undeclared
    this.expander = options.expander
    this.#stepsLeft = options.maxSteps
    this.#maxMismatches = options.maxMismatches
    options.expander.refill()
  }

  /** Records a mismatch and returns false. */
  report(reason: MismatchReason, path: string, expected: string, actual: string): false {
    if (this.#silent === 0 && this.mismatches.length < this.#maxMismatches) {
      this.mismatches.push({ path, expected, actual, reason })
    }
    return false
  }

  get reporting(): boolean {
    return this.#silent === 0
  }

  quietly(compare: () => boolean): boolean {
    this.#silent += 1
    try {
      return compare()
    } finally {
      this.#silent -= 1
    }
  }

  /** Compares what lies one level deeper in the value. */
  fitsInside(constraint: Constraint, target: SchemaNode, path: string): boolean {
    if (target.schema === true) return true
    if (this.#depth >= MAX_DEPTH)
      return this.report('limit', path, 'less nesting', 'deeper nesting')
    this.#depth += 1
    try {
      return this.fits(constraint, target, path)
    } finally {
      this.#depth -= 1
    }
  }

  fits(constraint: Constraint, target: SchemaNode, path: string): boolean {
    if (target.schema === true) return true
    this.#stepsLeft -= 1
    if (this.#stepsLeft < 0) return this.report('limit', path, 'a smaller schema', 'too many cases')
    const targets = [target, ...(isPlainUnion(target) ? (listOf(target, 'anyOf') ?? []) : [])]
    if (targets.some((each) => constraint.some((node) => isSameSchema(node, each)))) return true
    return this.#assume(constraint, target, () => {
      const shapes = this.expander.expand(constraint)
      if (target.schema === false && shapes.length > 0) {
        return this.report('extra', path, 'nothing', describeShapes(shapes))
      }
      return this.#each(shapes, (shape) => this.fitsShape(shape, target, path))
    })
  }

  /**
   * Recursive schemas return to the same pair. By induction over the size of the value the pair may then be taken to
   * fit, provided that it is met at a smaller value, that is deeper inside; at the same value nothing would be proven.
   */
  #assume(constraint: Constraint, target: SchemaNode, compare: () => boolean): boolean {
    const key = constraint.map((node) => this.#idOf(node)).join()
    let open = this.#open.get(target)
    if (open === undefined) this.#open.set(target, (open = new Map<string, number>()))
    const metAt = open.get(key)
    if (metAt !== undefined && metAt < this.#depth) return true
    open.set(key, this.#depth)
    try {
      return compare()
    } finally {
      if (metAt === undefined) open.delete(key)
      else open.set(key, metAt)
    }
  }

  #idOf(node: SchemaNode): number {
    const known = this.#ids.get(node)
    if (known !== undefined) return known
    this.#ids.set(node, this.#ids.size)
    return this.#ids.size - 1
  }

  /** All of them; continues after the first failure only when mismatches are wanted. */
  #each<T>(list: readonly T[], compare: (each: T) => boolean): boolean {
    if (!this.reporting) return list.every(compare)
    return list.reduce((fits, each) => compare(each) && fits, true)
  }

  fitsShape(shape: Shape, target: SchemaNode, path: string, splits = 0): boolean {
    const { schema } = target
    if (schema === true) return true
    if (schema === false) return this.report('extra', path, 'nothing', describeShape(shape))
    this.#stepsLeft -= 1
    if (this.#stepsLeft < 0) return this.report('limit', path, 'a smaller schema', 'too many cases')
    if (!hasType(shape, schema)) {
      return this.report('type', path, describeSchema(target), describeShape(shape))
    }
    if (this.#nesting >= MAX_NESTING) {
      return this.report('limit', path, 'less nesting', 'deeper nesting')
    }
    this.#nesting += 1
    try {
      const fits =
        areValuesCompatible(this, shape, target, path) && this.#fitsKind(shape, target, path)
      return this.#fitsApplied(shape, target, schema, path, splits) && fits
    } finally {
      this.#nesting -= 1
    }
  }

  #fitsKind(shape: Shape, target: SchemaNode, path: string): boolean {
    switch (shape.kind) {
      case 'number':
        return isNumberCompatible(this, shape, target, path)
      case 'string':
        return isStringCompatible(this, shape, target, path)
      case 'array':
        return isArrayCompatible(this, shape, target, path)
      case 'object':
        return isObjectCompatible(this, shape, target, path)
      default:
        return true
    }
  }

  /** Keywords that apply other schemas to the same value. */
  #fitsApplied(
    shape: Shape,
    target: SchemaNode,
    schema: SchemaRecord,
    path: string,
    splits: number,
  ): boolean {
    for (const keyword of ['$dynamicRef', '$recursiveRef', '$notASchema']) {
      if (schema[keyword] !== undefined) {
        return this.report('unproven', path, `what ${keyword} says`, describeShape(shape))
      }
    }
    let fits = true
    if (schema['$ref'] !== undefined) {
      const to = target.document.resolve(schema['$ref'])
      if (to === undefined)
        return this.report('unproven', path, describeSchema(target), describeShape(shape))
      fits = this.fitsShape(shape, to, path, splits)
    }
    fits =
      this.#each(listOf(target, 'allOf') ?? [], (each) =>
        this.fitsShape(shape, each, path, splits),
      ) && fits
    const any = listOf(target, 'anyOf')
    if (any !== undefined) fits = this.#fitsUnion(shape, any, false, path, splits) && fits
    const one = listOf(target, 'oneOf')
    if (one !== undefined) fits = this.#fitsUnion(shape, one, true, path, splits) && fits
    const not = schemaOf(target, 'not')
    if (not !== undefined && !this.isDisjoint(shape, not)) {
      fits = this.report('value', path, `not ${describeSchema(not)}`, describeShape(shape))
    }
    return this.#fitsCondition(shape, target, path, splits) && fits
  }

  #fitsCondition(shape: Shape, target: SchemaNode, path: string, splits: number): boolean {
    const condition = schemaOf(target, 'if')
    if (condition === undefined) return true
    const [yes, no] = [schemaOf(target, 'then'), schemaOf(target, 'else')]
    const never = this.isDisjoint(shape, condition)
    const always = !never && this.quietly(() => this.fitsShape(shape, condition, path, splits))
    const thenFits = never || yes === undefined || this.fitsShape(shape, yes, path, splits)
    const elseFits = always || no === undefined || this.fitsShape(shape, no, path, splits)
    return thenFits && elseFits
  }

  /** One branch takes the whole shape (and, for `oneOf`, no other takes any of it), or the shape's parts find one each. */
  #fitsUnion(
    shape: Shape,
    branches: readonly SchemaNode[],
    exclusive: boolean,
    path: string,
    splits: number,
  ): boolean {
    const takes = (part: Shape): boolean =>
      branches.some(
        (branch) =>
          this.fitsShape(part, branch, path, splits) &&
          (!exclusive ||
            branches.every((other) => other === branch || this.isDisjoint(part, other))),
      )
    const taken = (part: Shape, depth: number): boolean => {
      if (takes(part)) return true
      if (depth >= MAX_SPLITS || this.#stepsLeft < 0) return false
      return splitShape(part, this.expander).some((parts) =>
        parts.every((each) => taken(each, depth + 1)),
      )
    }
    if (this.quietly(() => taken(shape, splits))) return true
    const near = branches.filter((branch) =>
      this.expander.expand([branch]).some((each) => each.kind === shape.kind),
    )
    const only = near.length === 1 && !exclusive ? near[0] : undefined
    if (only !== undefined && this.reporting) return this.fitsShape(shape, only, path, splits)
    const words = [...new Set(branches.slice(0, 8).map((branch) => describeSchema(branch)))]
    return this.report(
      'union',
      path,
      `${exclusive ? 'exactly one of ' : ''}${words.join(' | ')}`,
      describeShape(shape),
    )
  }

  /** True when it is certain that no value of the shape is a value of the schema. */
  isDisjoint(shape: Shape, node: SchemaNode): boolean {
    this.#stepsLeft -= 1
    if (this.#stepsLeft < 0) return false
    return this.expander
      .expand([node])
      .every((each) => intersect(shape, each, this.expander.isEmpty) === undefined)
  }
}

function hasType(shape: Shape, schema: SchemaRecord): boolean {
  const types = typesOf(schema)
  if (types === undefined) return true
  if (shape.kind === 'other') return types.others.has(shape.name)
  if (!types.kinds.has(shape.kind)) return false
  return !(shape.kind === 'number' && types.integerOnly && !isWhole(shape))
}

function isWhole(shape: Shape & { kind: 'number' }): boolean {
  return shape.integer || shape.multiples.some((each) => Number.isInteger(each))
}

function isPlainUnion(node: SchemaNode): boolean {
  return (
    typeof node.schema === 'object' &&
    Object.keys(node.schema).every((key) => key === 'anyOf' || isAnnotation(key))
  )
}
