import { edgeKey } from '@alkdev/graph'
import { compact } from '@alkdev/std'
import { Value } from '@alkdev/typebox/value'
import {
  CycleError,
  DuplicateEdgeError,
  InvalidInputError,
  InvalidTransitionError,
} from '../errors.ts'
import { CallNodeAttrs } from '../schema/attributes.ts'
import { isFinalCall } from '../schema/enums.ts'
import { CallTracker } from './call-tracker.ts'
import { GraphBase } from './graph-base.ts'
import { readSerialized } from './serialize.ts'
import { TypeEdges } from './type-edges.ts'
import { findCyclesIn } from '../analysis/order.ts'
import type { Attributes } from 'graphology-types'
import type { FlowGraphOptions } from './graph-base.ts'
import type {
  CallEdgeAttrs,
  OperationNodeAttrs,
  OperationSpec,
  TypedEdgeAttrs,
} from '../schema/attributes.ts'
import type { CallEventEnvelope, CallEventMapValue } from '../schema/call-event.ts'
import type { CallStatus } from '../schema/enums.ts'
import type { SerializedGraph } from '../schema/serialized.ts'
import type { TypeCompatOptions } from '../analysis/type-compat.ts'

export type OperationGraph = FlowGraph<OperationNodeAttrs, TypedEdgeAttrs>
export type CallGraph = FlowGraph<CallNodeAttrs, CallEdgeAttrs>

const NEXT: Readonly<Record<CallStatus, readonly CallStatus[]>> = {
  pending: ['running', 'aborted'],
  running: ['completed', 'failed', 'aborted'],
  completed: [],
  failed: [],
  aborted: [],
}

/**
 * A directed graph of operations, of calls or of a workflow's steps; one instance holds one kind. Order between calls and
 * steps never has a cycle; type edges between operations may.
 */
export class FlowGraph<
  NodeAttrs extends Attributes = Attributes,
  EdgeAttrs extends Attributes = Attributes,
> extends GraphBase<NodeAttrs, EdgeAttrs> {
  readonly #calls: CallTracker

  constructor(options: FlowGraphOptions = {}) {
    super()
    const given: Readonly<Record<string, unknown>> = { ...options }
    const fixed = { type: 'directed', multi: false, allowSelfLoops: false }
    for (const [name, value] of Object.entries(fixed)) {
      if (given[name] === undefined || given[name] === value) continue
      throw new InvalidInputError([{ path: `/${name}`, message: `must be ${String(value)}` }])
    }
    this.#calls = new CallTracker({
      has: (key) => this.hasNode(key),
      get: (key) => this.#call(key),
      add: (attrs) => this.addNode(attrs.requestId, attrs as unknown as NodeAttrs),
      replace: (attrs) => this.replaceNode(attrs.requestId, attrs as unknown as NodeAttrs),
      link: (parent, child) => this.#relate(parent, child, 'triggered'),
      unlink: (parent, child) => this.#unrelate(parent, child, 'triggered'),
    })
  }

  // --- Operation graph ---

  /**
   * A graph of operations, keyed `namespace.name`, with a type edge for every pair of known schemas. Type edges follow from the
   * schemas and are not stored one by one, so thousands of operations are no burden; see `graph`. Schemas must not be changed
   * afterwards. Throws DuplicateNodeError.
   */
  static fromSpecs(
    specs: Iterable<OperationSpec>,
    options: TypeCompatOptions = {},
  ): OperationGraph {
    const graph: OperationGraph = new FlowGraph<OperationNodeAttrs, TypedEdgeAttrs>()
    graph.deriveTypeEdges(options)
    for (const spec of specs) graph.addOperation(spec)
    return graph
  }

  /**
   * Adds type edges between all operations of the graph, and from now on for each that is added. Edges that are there stay.
   * Calling it again changes nothing.
   */
  deriveTypeEdges(options: TypeCompatOptions = {}): void {
    if (this.derived !== undefined) return
    const derived = new TypeEdges(options.undeclared ?? 'possible')
    this.derived = derived
    for (const node of this.store.nodes()) this.#deriveFor(node.key, node.attributes)
    for (const { source, target } of this.store.edges()) derived.exclude(source, target)
  }

  /** Adds an operation. Throws DuplicateNodeError. */
  addOperation(spec: OperationSpec): void {
    const { namespace, name, type, version, inputSchema, outputSchema } = spec
    const key = namespace === '' ? name : `${namespace}.${name}`
    const attributes: OperationNodeAttrs = {
      name,
      namespace,
      type,
      ...compact({ version }),
      inputSchema,
      outputSchema,
    }
    this.addNode(key, attributes as unknown as NodeAttrs)
    this.#deriveFor(key, attributes)
  }

  #deriveFor(key: string, attributes: Readonly<Record<string, unknown>>): void {
    const { inputSchema, outputSchema } = attributes as Partial<OperationNodeAttrs>
    const { derived } = this
    if (derived === undefined || inputSchema === undefined || outputSchema === undefined) return
    derived.add(key, inputSchema, outputSchema)
    if (!derived.stored) return
    for (const [source, target] of derived.pairsOf(key)) this.storeTypeEdge(derived, source, target)
  }

  /** Changes some attributes; other schemas give other type edges. Throws NodeNotFoundError. */
  override updateNode(key: string, partial: Partial<NodeAttrs>): void {
    super.updateNode(key, partial)
    if (!('inputSchema' in partial) && !('outputSchema' in partial)) return
    const { derived } = this
    if (derived?.stored === true) {
      for (const [source, target] of [...derived.pairsOf(key)]) super.removeEdge(source, target)
    }
    this.#deriveFor(key, this.getNodeAttributes(key))
  }

  /**
   * States that an output fits an input or does not. Replaces the edge that was derived from the schemas; throws
   * DuplicateEdgeError when one was stated before, and NodeNotFoundError. May close a cycle.
   */
  addTypedEdge(source: string, target: string, attributes: Omit<TypedEdgeAttrs, 'edgeType'>): void {
    this.store.get(source)
    this.store.get(target)
    if (this.store.findEdge(source, target) !== undefined)
      throw new DuplicateEdgeError(source, target)
    if (source === target) throw new CycleError([[source]])
    this.derived?.exclude(source, target)
    this.insertEdge(source, target, { edgeType: 'typed', ...attributes } as unknown as EdgeAttrs)
  }

  // --- Call graph ---

  /** The calls that the events speak of; see `updateFromEvent`. */
  static fromCallEvents(events: Iterable<CallEventMapValue | CallEventEnvelope>): CallGraph {
    const graph: CallGraph = new FlowGraph<CallNodeAttrs, CallEdgeAttrs>()
    for (const event of events) graph.updateFromEvent(event)
    return graph
  }

  /**
   * Takes in an event. The graph depends on the set of events alone: each may come twice, and in any order; what comes before
   * its request waits for it (10,000 calls at most). True when the graph changed. Never throws for what an event says.
   */
  updateFromEvent(event: CallEventMapValue | CallEventEnvelope): boolean {
    return this.#calls.apply(event)
  }

  /** Adds a call, with an edge from the call that made it if that is known (or becomes known). Throws DuplicateNodeError. */
  addCall(attributes: CallNodeAttrs): void {
    this.addNode(attributes.requestId, attributes as unknown as NodeAttrs)
    this.#calls.added(attributes)
  }

  /** Notes that one call needed the result of another. Throws NodeNotFoundError, DuplicateEdgeError and CycleError. */
  addDependency(source: string, target: string): void {
    this.store.get(source)
    this.store.get(target)
    if (this.relations(source, target).includes('depends_on'))
      throw new DuplicateEdgeError(source, target)
    const cycle = this.closingCycle(source, target)
    if (cycle !== undefined) throw new CycleError([cycle])
    this.#relate(source, target, 'depends_on')
  }

  /** What holds between two calls: `triggered`, `depends_on`, both or neither. */
  relations(source: string, target: string): readonly CallEdgeAttrs['edgeType'][] {
    const attributes = this.store.findEdge(source, target)?.attributes as CallEdgeAttrs | undefined
    return attributes === undefined ? [] : (attributes.relations ?? [attributes.edgeType])
  }

  /**
   * Sets the status of a call by hand, with other attributes: pending -> running | aborted, running -> completed | failed |
   * aborted. (Events may end a pending call, because there is no event for its start.) Throws InvalidTransitionError and
   * NodeNotFoundError.
   */
  updateStatus(requestId: string, status: CallStatus, extra: Partial<CallNodeAttrs> = {}): void {
    const before = this.#call(requestId)
    if (!NEXT[before.status].includes(status)) {
      throw new InvalidTransitionError(requestId, before.status, status)
    }
    this.updateCall(requestId, { ...extra, status })
  }

  /** Changes some attributes of a call, unchecked. Throws NodeNotFoundError. */
  updateCall(requestId: string, partial: Partial<CallNodeAttrs>): void {
    this.updateNode(requestId, partial as unknown as Partial<NodeAttrs>)
    this.#calls.changed(this.#call(requestId))
  }

  /** Forgets a call and its edges. Throws NodeNotFoundError. */
  removeCall(requestId: string): void {
    this.removeNode(requestId)
  }

  override removeNode(key: string): void {
    this.store.get(key)
    this.#calls.removed(key)
    super.removeNode(key)
  }

  callsByStatus(status: CallStatus): string[] {
    return this.nodes().filter((key) => this.#call(key).status === status)
  }

  /** Calls that no known call made. */
  roots(): string[] {
    return this.nodes().filter((key) => {
      const parent = this.#call(key).parentRequestId
      return parent === undefined || !this.hasNode(parent)
    })
  }

  /** The calls that a call made. */
  children(requestId: string): string[] {
    this.store.get(requestId)
    return this.successors(requestId).filter((key) =>
      this.relations(requestId, key).includes('triggered'),
    )
  }

  /** From the outermost caller down to the call itself. */
  lineage(requestId: string): string[] {
    this.store.get(requestId)
    const line = [requestId]
    const seen = new Set(line)
    for (let at = this.#call(requestId).parentRequestId; at !== undefined && !seen.has(at);) {
      if (!this.hasNode(at)) break
      seen.add(at)
      line.push(at)
      at = this.#call(at).parentRequestId
    }
    return line.toReversed()
  }

  /** Milliseconds from start to end; `undefined` for calls that are not over or of which a time is not known. */
  duration(requestId: string): number | undefined {
    const { startedAt, completedAt, status } = this.#call(requestId)
    if (startedAt === undefined || completedAt === undefined || !isFinalCall(status))
      return undefined
    const duration = Date.parse(completedAt) - Date.parse(startedAt)
    return Number.isNaN(duration) ? undefined : duration
  }

  #call(requestId: string): CallNodeAttrs {
    return this.store.get(requestId).attributes as unknown as CallNodeAttrs
  }

  #relate(source: string, target: string, relation: CallEdgeAttrs['edgeType']): void {
    const known = this.relations(source, target)
    if (known.includes(relation)) return
    const relations = [...known, relation].toSorted().toReversed()
    const [first = relation] = relations
    const attributes: CallEdgeAttrs = {
      edgeType: first,
      ...(relations.length > 1 && { relations }),
    }
    if (known.length > 0) {
      this.replaceEdge(source, target, attributes as unknown as EdgeAttrs)
      return
    }
    const key = relation === 'depends_on' ? `${edgeKey(source, target)}:depends_on` : undefined
    this.insertEdge(source, target, attributes as unknown as EdgeAttrs, key)
  }

  #unrelate(source: string, target: string, relation: CallEdgeAttrs['edgeType']): void {
    const left = this.relations(source, target).filter((each) => each !== relation)
    const [only] = left
    if (only === undefined) this.removeEdge(source, target)
    else this.replaceEdge(source, target, { edgeType: only } as unknown as EdgeAttrs)
  }

  // --- Stored form ---

  /**
   * The graph that was stored. Throws InvalidInputError with every problem and CycleError for cycles other than of types.
   */
  static fromJSON<N extends Attributes = Attributes, E extends Attributes = Attributes>(
    data: unknown,
  ): FlowGraph<N, E> {
    const { nodes, edges } = readSerialized(data)
    const graph = new FlowGraph<N, E>()
    const ordered = new FlowGraph()
    for (const { key, attributes } of nodes) {
      graph.addNode(key, { ...attributes } as N)
      ordered.addNode(key, {})
    }
    for (const { key, source, target, attributes } of edges) {
      graph.insertEdge(source, target, { ...attributes } as E, key)
      if (attributes?.['edgeType'] !== 'typed') ordered.insertEdge(source, target, {})
    }
    const cycles = findCyclesIn(ordered)
    if (cycles.length > 0) throw new CycleError(cycles)
    for (const { attributes } of nodes) {
      // Events that are repeated after loading must find the calls as they were left.
      if (Value.Check(CallNodeAttrs, attributes)) graph.#calls.added(attributes)
    }
    return graph
  }

  /** Everything in graphology's export form, type edges included; shares no object with the graph but attribute values. */
  export(): SerializedGraph {
    this.storeDerived()
    return {
      attributes: {},
      options: { type: 'directed', multi: false, allowSelfLoops: false },
      nodes: Array.from(this.store.nodes(), ({ key, attributes }) => ({
        key,
        attributes: { ...attributes },
      })),
      edges: Array.from(this.store.edges(), ({ key, source, target, attributes }) => ({
        key,
        source,
        target,
        attributes: { ...attributes },
      })),
    }
  }

  toJSON(): SerializedGraph {
    return this.export()
  }

  override toString(): string {
    return JSON.stringify(this.export())
  }
}
