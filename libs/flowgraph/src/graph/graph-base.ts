import { closingCycle, edgeKey } from '@alkdev/graph'
import {
  criticalPathOf,
  findCyclesIn,
  hasCyclesIn,
  parallelGroupsOf,
  reachable,
  topologicalOrderOf,
} from '../analysis/order.ts'
import { ConstructionError, CycleError, DuplicateEdgeError, NodeNotFoundError } from '../errors.ts'
import { carries } from './digraph.ts'
import { NodeStore } from './node-store.ts'
import { RawMirror } from './raw-mirror.ts'
import type { DirectedGraph } from 'graphology'
import type { Attributes } from 'graphology-types'
import type { Digraph } from './digraph.ts'
import type { StoredEdge } from './node-store.ts'
import type { TypeEdges } from './type-edges.ts'

/** Only these: one edge per ordered pair, no node with an edge to itself. */
export interface FlowGraphOptions {
  readonly type?: 'directed'
  readonly multi?: false
  readonly allowSelfLoops?: false
}

/** Nodes, edges and ways of any flow graph. Keys may be any string. */
export class GraphBase<
  NodeAttrs extends Attributes = Attributes,
  EdgeAttrs extends Attributes = Attributes,
> implements Digraph {
  protected readonly store = new NodeStore<NodeAttrs, EdgeAttrs>()
  /** Type edges that follow from the schemas of the nodes; see `FlowGraph.deriveTypeEdges`. */
  protected derived: TypeEdges | undefined
  #mirror: RawMirror<NodeAttrs, EdgeAttrs> | undefined

  /**
   * The graph as a graphology `DirectedGraph`, made at the first call and live from then on: a change to either shows in the
   * other, and derived type edges become stored ones. Throws ConstructionError beyond a million edges.
   */
  get graph(): DirectedGraph<NodeAttrs, EdgeAttrs> {
    this.storeDerived()
    return (this.#mirror ??= new RawMirror(this.store)).graph
  }

  /** Number of nodes. */
  get order(): number {
    return this.store.order
  }

  /** Number of edges. */
  get size(): number {
    return this.store.size + (this.derived?.size ?? 0)
  }

  /** Throws DuplicateNodeError. */
  addNode(key: string, attributes: NodeAttrs): void {
    this.store.addNode(key, attributes)
    this.#mirror?.write((graph) => graph.addNode(key, attributes))
  }

  /** Removes the node and its edges. Throws NodeNotFoundError. */
  removeNode(key: string): void {
    this.store.removeNode(key)
    this.derived?.remove(key)
    this.#mirror?.write((graph) => graph.dropNode(key))
  }

  /** Changes some attributes. Throws NodeNotFoundError. */
  updateNode(key: string, partial: Partial<NodeAttrs>): void {
    this.replaceNode(key, { ...this.store.get(key).attributes, ...partial })
  }

  protected replaceNode(key: string, attributes: NodeAttrs): void {
    this.store.get(key).attributes = attributes
    this.#mirror?.write((graph) => graph.replaceNodeAttributes(key, attributes))
  }

  hasNode(key: string): boolean {
    return this.store.find(key) !== undefined
  }

  /** Throws NodeNotFoundError. */
  getNodeAttributes(key: string): NodeAttrs {
    return this.store.get(key).attributes
  }

  /**
   * Throws NodeNotFoundError, DuplicateEdgeError and, before anything is changed, CycleError. Typed edges may form cycles:
   * they say what fits, not what comes first.
   */
  addEdge(source: string, target: string, attributes?: EdgeAttrs): void {
    this.store.get(source)
    this.store.get(target)
    if (this.hasEdge(source, target)) throw new DuplicateEdgeError(source, target)
    const given = attributes ?? ({} as EdgeAttrs)
    if (source === target || given['edgeType'] !== 'typed') {
      const cycle = this.closingCycle(source, target)
      if (cycle !== undefined) throw new CycleError([cycle])
    }
    this.insertEdge(source, target, given)
  }

  /** Adds many edges and looks for cycles once. All or none: throws what `addEdge` throws. */
  addEdges(
    edges: Iterable<readonly [source: string, target: string, attributes: EdgeAttrs]>,
  ): void {
    const added: (readonly [string, string])[] = []
    try {
      for (const [source, target, attributes] of edges) {
        if (source === target) throw new CycleError([[source]])
        if (this.hasEdge(source, target)) throw new DuplicateEdgeError(source, target)
        this.insertEdge(source, target, attributes)
        added.push([source, target])
      }
      const cycles = findCyclesIn(orderOf(this))
      if (cycles.length > 0) throw new CycleError(cycles)
    } catch (error) {
      for (const [source, target] of added) this.removeEdge(source, target)
      throw error
    }
  }

  protected closingCycle(source: string, target: string): string[] | undefined {
    return closingCycle(
      source,
      target,
      (key) => this.successors(key),
      (key) => this.predecessors(key),
    )
  }

  protected insertEdge(source: string, target: string, attributes: EdgeAttrs, key?: string): void {
    const edge = this.store.addEdge(source, target, attributes, key)
    const mirror = this.#mirror
    mirror?.write(() => mirror.addEdge(edge))
  }

  /** Nothing happens when there is none. */
  removeEdge(source: string, target: string): void {
    this.derived?.exclude(source, target)
    if (this.store.findEdge(source, target) === undefined) return
    this.store.removeEdge(source, target)
    this.#mirror?.write((graph) => graph.dropDirectedEdge(source, target))
  }

  hasEdge(source: string, target: string): boolean {
    return (
      this.store.findEdge(source, target) !== undefined ||
      this.derived?.has(source, target) === true
    )
  }

  /** Throws NodeNotFoundError for unknown nodes and for nodes without an edge from one to the other. */
  getEdgeAttributes(source: string, target: string): EdgeAttrs {
    this.store.get(source)
    this.store.get(target)
    const attributes = this.store.findEdge(source, target)?.attributes
    const found = attributes ?? (this.derived?.get(source, target) as EdgeAttrs | undefined)
    if (found === undefined) throw new NodeNotFoundError(edgeKey(source, target))
    return found
  }

  protected replaceEdge(source: string, target: string, attributes: EdgeAttrs): void {
    const edge = this.store.findEdge(source, target)
    if (edge === undefined) return
    edge.attributes = attributes
    this.#mirror?.write((graph) => {
      graph.replaceEdgeAttributes(graph.edge(source, target), attributes)
    })
  }

  /** Keys in the order in which they were added. */
  nodes(): string[] {
    return Array.from(this.store.nodes(), (node) => node.key)
  }

  /** Keys of all edges. */
  edges(): string[] {
    this.storeDerived()
    return Array.from(this.store.edges(), (edge) => edge.key)
  }

  /** Edges that are stored, without type edges that are only derived. */
  storedEdges(): Iterable<Readonly<StoredEdge<EdgeAttrs>>> {
    return this.store.edges()
  }

  /** Every edge with its ends and attributes. */
  edgeEntries(): readonly Readonly<StoredEdge<EdgeAttrs>>[] {
    this.storeDerived()
    return [...this.store.edges()]
  }

  _edgeKey(source: string, target: string): string {
    return edgeKey(source, target)
  }

  /** Edges that lead in, compatible or not. Throws NodeNotFoundError. */
  inDegree(key: string): number {
    return (this.store.get(key).incoming?.size ?? 0) + (this.derived?.inDegree(key) ?? 0)
  }

  outDegree(key: string): number {
    return (this.store.get(key).outgoing?.size ?? 0) + (this.derived?.outDegree(key) ?? 0)
  }

  degree(key: string): number {
    return this.inDegree(key) + this.outDegree(key)
  }

  /** Nodes that an edge leads to; typed edges that are not compatible lead nowhere. Throws NodeNotFoundError. */
  successors(key: string): string[] {
    const found: string[] = []
    for (const edge of this.store.get(key).outgoing?.values() ?? []) {
      if (carries(edge.attributes)) found.push(edge.target)
    }
    return this.derived === undefined ? found : [...found, ...this.derived.successors(key)]
  }

  /** Nodes that lead here; see `successors`. Throws NodeNotFoundError. */
  predecessors(key: string): string[] {
    const found: string[] = []
    for (const edge of this.store.get(key).incoming?.values() ?? []) {
      if (carries(edge.attributes)) found.push(edge.source)
    }
    return this.derived === undefined ? found : [...found, ...this.derived.predecessors(key)]
  }

  /** Everything that leads to the node, itself excluded. Throws NodeNotFoundError. */
  ancestors(key: string): string[] {
    return this.#others(key, (each) => this.predecessors(each))
  }

  /** Everything that the node leads to, itself excluded. Throws NodeNotFoundError. */
  descendants(key: string): string[] {
    return this.#others(key, (each) => this.successors(each))
  }

  #others(key: string, neighbours: (key: string) => readonly string[]): string[] {
    const found = reachable((each) => this.hasNode(each), neighbours, [key])
    found.delete(key)
    return [...found]
  }

  /** The nodes and everything that they lead to. Throws NodeNotFoundError. */
  reachableFrom(keys: Iterable<string>): Set<string> {
    return reachable(
      (each) => this.hasNode(each),
      (each) => this.successors(each),
      keys,
    )
  }

  /** Throws CycleError. */
  topologicalOrder(): string[] {
    return topologicalOrderOf(this)
  }

  /** Groups of nodes by depth. Throws CycleError. */
  parallelGroups(): string[][] {
    return parallelGroupsOf(this)
  }

  /** The longest chain, by `weightOf` or by number of nodes. Throws CycleError. */
  criticalPath(weightOf?: (key: string) => number): string[] {
    return criticalPathOf(this, weightOf)
  }

  hasCycles(): boolean {
    return hasCyclesIn(this)
  }

  /** One cycle for each group of nodes that reach each other. */
  findCycles(): string[][] {
    return findCyclesIn(this)
  }

  /** Turns derived edges into stored ones. Throws ConstructionError beyond a million. */
  protected storeDerived(): void {
    const { derived } = this
    if (derived === undefined || derived.stored) return
    if (derived.size > MAX_STORED) {
      throw new ConstructionError(
        'CONFLICT',
        `${derived.size} type edges are too many to list; ask with hasEdge, successors or predecessors`,
      )
    }
    const pairs = [...derived.pairs()]
    derived.stored = true
    for (const [source, target] of pairs) this.storeTypeEdge(derived, source, target)
  }

  protected storeTypeEdge(derived: TypeEdges, source: string, target: string): void {
    if (this.store.findEdge(source, target) !== undefined) return
    this.insertEdge(source, target, derived.get(source, target) as unknown as EdgeAttrs)
  }
}

/** The graph without its type edges, which may form cycles. */
function orderOf(graph: GraphBase): Digraph {
  const isOrder = (source: string, target: string): boolean =>
    graph.getEdgeAttributes(source, target)['edgeType'] !== 'typed'
  return {
    order: graph.order,
    nodes: () => graph.nodes(),
    hasNode: (key) => graph.hasNode(key),
    successors: (key) => graph.successors(key).filter((target) => isOrder(key, target)),
    predecessors: (key) => graph.predecessors(key).filter((source) => isOrder(source, key)),
  }
}

/** Type edges that are listed at most. */
const MAX_STORED = 1_000_000
