import { compact } from '@alkdev/std'
import { BitSet } from './bit-set.ts'
import { SchemaClasses } from './schema-class.ts'
import type { JsonSchema } from '@alkdev/operations'
import type { Undeclared } from '@alkdev/operations/schema-compatibility'
import type { SchemaClass } from './schema-class.ts'
import type { TypedEdgeAttrs } from '../schema/attributes.ts'

interface Member {
  readonly input: SchemaClass
  readonly output: SchemaClass
}

/** Which keys have a schema class on one side, and which classes of the other side fit it. */
interface Side {
  readonly schema: SchemaClass
  readonly keys: Set<string>
  readonly slot: number
  /** Slots of the other side's classes. */
  readonly fits: BitSet
}

/** The classes of one side by schema and by slot; slots that became free are used again. */
class Sides {
  readonly bySchema = new Map<SchemaClass, Side>()
  readonly bySlot: (Side | undefined)[] = []
  readonly #free: number[] = []

  create(schema: SchemaClass): Side {
    const slot = this.#free.pop() ?? this.bySlot.length
    const side: Side = { schema, keys: new Set(), slot, fits: new BitSet() }
    this.bySchema.set(schema, side)
    this.bySlot[slot] = side
    return side
  }

  remove(side: Side): void {
    this.bySchema.delete(side.schema)
    this.bySlot[side.slot] = undefined
    this.#free.push(side.slot)
  }
}

/**
 * Type edges between all operations of a graph, without storing one per pair: operations with equal schemas share a class,
 * classes are compared once, and edges are read off. There is an edge wherever both schemas are known, compatible or not.
 */
export class TypeEdges {
  readonly #classes: SchemaClasses
  readonly #members = new Map<string, Member>()
  readonly #outputs = new Sides()
  readonly #inputs = new Sides()
  /** Pairs whose derived edge was removed or replaced by a stated one. */
  readonly #excluded = new Map<string, Set<string>>()
  /** The edges have been stored as others are: there is nothing more to derive, except for what is added. */
  stored = false

  constructor(undeclared: Undeclared) {
    this.#classes = new SchemaClasses(undeclared)
  }

  add(key: string, inputSchema: JsonSchema, outputSchema: JsonSchema): void {
    this.remove(key)
    const member = {
      input: this.#classes.classOf(inputSchema),
      output: this.#classes.classOf(outputSchema),
    }
    this.#members.set(key, member)
    const { bySchema: inputs } = this.#inputs
    const { bySchema: outputs } = this.#outputs
    const input = inputs.get(member.input) ?? this.#addInput(member.input)
    const output = outputs.get(member.output) ?? this.#addOutput(member.output)
    input.keys.add(key)
    output.keys.add(key)
  }

  remove(key: string): void {
    const member = this.#members.get(key)
    if (member === undefined) return
    this.#members.delete(key)
    drop(this.#inputs, member.input, this.#outputs, key)
    drop(this.#outputs, member.output, this.#inputs, key)
    for (const schema of [member.input, member.output]) {
      const isUsed = this.#inputs.bySchema.has(schema) || this.#outputs.bySchema.has(schema)
      if (!isUsed) this.#classes.forget(schema)
    }
    this.#excluded.delete(key)
    for (const targets of this.#excluded.values()) targets.delete(key)
  }

  /** The edge no longer stands for the pair. */
  exclude(source: string, target: string): void {
    const targets = this.#excluded.get(source)
    if (targets === undefined) this.#excluded.set(source, new Set([target]))
    else targets.add(target)
  }

  has(source: string, target: string): boolean {
    return !this.stored && this.#isEdge(source, target)
  }

  #isEdge(source: string, target: string): boolean {
    const [from, to] = [this.#members.get(source), this.#members.get(target)]
    if (from === undefined || to === undefined || source === target) return false
    if (from.output.unknown || to.input.unknown) return false
    return this.#excluded.get(source)?.has(target) !== true
  }

  isCompatible(source: string, target: string): boolean {
    const [from, to] = [this.#members.get(source), this.#members.get(target)]
    if (from === undefined || to === undefined || !this.#isEdge(source, target)) return false
    const slot = this.#inputs.bySchema.get(to.input)?.slot ?? -1
    return this.#outputs.bySchema.get(from.output)?.fits.has(slot) === true
  }

  /** Attributes of an edge that `has`; mismatches are worked out when asked for. */
  get(source: string, target: string): TypedEdgeAttrs | undefined {
    const [from, to] = [this.#members.get(source), this.#members.get(target)]
    if (from === undefined || to === undefined || !this.#isEdge(source, target)) return undefined
    const { compatible, detail, mismatches } = this.#classes.compare(from.output, to.input)
    return {
      edgeType: 'typed',
      compatible,
      ...compact({ detail }),
      ...(mismatches !== undefined && { mismatches: [...mismatches] }),
    }
  }

  /** Keys of the operations whose input takes the output. */
  successors(key: string): string[] {
    const member = this.#members.get(key)
    const side = member === undefined ? undefined : this.#outputs.bySchema.get(member.output)
    return this.#keysOf(side, this.#inputs, (target) => this.has(key, target))
  }

  /** Keys of the operations whose output fits the input. */
  predecessors(key: string): string[] {
    const member = this.#members.get(key)
    const side = member === undefined ? undefined : this.#inputs.bySchema.get(member.input)
    return this.#keysOf(side, this.#outputs, (source) => this.has(source, key))
  }

  /** Edges, compatible or not. */
  get size(): number {
    if (this.stored) return 0
    let size = this.#count((side) => !side.schema.unknown)
    for (const [source, targets] of this.#excluded) {
      for (const target of targets) if (this.#isPair(source, target)) size -= 1
    }
    return size
  }

  outDegree(key: string): number {
    return this.stored ? 0 : this.#countOthers((other) => this.#isEdge(key, other))
  }

  inDegree(key: string): number {
    return this.stored ? 0 : this.#countOthers((other) => this.#isEdge(other, key))
  }

  #countOthers(isEdge: (other: string) => boolean): number {
    let count = 0
    for (const other of this.#members.keys()) if (isEdge(other)) count += 1
    return count
  }

  /** Every pair that has an edge, whether stored or not. */
  *pairs(): Generator<readonly [source: string, target: string]> {
    for (const source of this.#members.keys()) {
      for (const target of this.#members.keys()) {
        if (this.#isEdge(source, target)) yield [source, target]
      }
    }
  }

  /** The pairs that a key is part of. */
  *pairsOf(key: string): Generator<readonly [source: string, target: string]> {
    for (const other of this.#members.keys()) {
      if (this.#isEdge(key, other)) yield [key, other]
      if (this.#isEdge(other, key)) yield [other, key]
    }
  }

  #isPair(source: string, target: string): boolean {
    const [from, to] = [this.#members.get(source), this.#members.get(target)]
    if (from === undefined || to === undefined || source === target) return false
    return !from.output.unknown && !to.input.unknown
  }

  #count(isKnown: (side: Side) => boolean): number {
    const total = (sides: Sides): number =>
      [...sides.bySchema.values()].filter(isKnown).reduce((sum, side) => sum + side.keys.size, 0)
    let selves = 0
    for (const { input, output } of this.#members.values()) {
      if (!input.unknown && !output.unknown) selves += 1
    }
    return total(this.#outputs) * total(this.#inputs) - selves
  }

  #keysOf(side: Side | undefined, others: Sides, isEdge: (key: string) => boolean): string[] {
    const keys: string[] = []
    if (this.stored) return keys
    for (const slot of side?.fits ?? []) {
      for (const key of others.bySlot[slot]?.keys ?? []) if (isEdge(key)) keys.push(key)
    }
    return keys
  }

  #addInput(schema: SchemaClass): Side {
    const side = this.#inputs.create(schema)
    if (schema.unknown) return side
    for (const output of this.#outputs.bySchema.values()) {
      if (lacksNames(output.schema, schema)) continue
      if (!output.schema.unknown && this.#classes.fits(output.schema, schema)) join(output, side)
    }
    return side
  }

  #addOutput(schema: SchemaClass): Side {
    const side = this.#outputs.create(schema)
    if (schema.unknown) return side
    for (const input of this.#inputs.bySchema.values()) {
      if (lacksNames(schema, input.schema)) continue
      if (!input.schema.unknown && this.#classes.fits(schema, input.schema)) join(side, input)
    }
    return side
  }
}

/** Most pairs end here: the input requires a property that the output does not always have. */
function lacksNames(output: SchemaClass, input: SchemaClass): boolean {
  return (input.takesBits & ~output.givesBits) !== 0
}

function join(a: Side, b: Side): void {
  a.fits.add(b.slot)
  b.fits.add(a.slot)
}

function drop(own: Sides, schema: SchemaClass, others: Sides, key: string): void {
  const side = own.bySchema.get(schema)
  if (side === undefined || !side.keys.delete(key) || side.keys.size > 0) return
  own.remove(side)
  for (const slot of side.fits) others.bySlot[slot]?.fits.delete(side.slot)
}
