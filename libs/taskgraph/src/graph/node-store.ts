import { must } from '@alkdev/std'
import {
  CircularDependencyError,
  DuplicateEdgeError,
  DuplicateNodeError,
  InvalidInputError,
  TaskNotFoundError,
} from '../errors.ts'
import type { TaskGraphEdgeAttributes, TaskGraphNodeAttributes } from '../schema/graph.ts'
import { takeSnapshot } from './snapshot.ts'
import type { GraphSnapshot } from './snapshot.ts'

/** A task with its dependencies. */
export interface StoredNode {
  readonly id: string
  attributes: TaskGraphNodeAttributes
  /** True while the task is only known because another one depends on it. */
  unresolved: boolean
  /** Edges from prerequisites, in the order in which they were added. */
  readonly incoming: StoredEdge[]
  /** Edges to dependents, likewise. */
  readonly outgoing: StoredEdge[]
  /** `outgoing` by dependent, made when the list gets too long to be searched. */
  byDependent: Map<StoredNode, StoredEdge> | undefined
  /** Position in the newest snapshot. */
  index: number
}

export interface StoredEdge {
  readonly source: StoredNode
  readonly target: StoredNode
  attributes: TaskGraphEdgeAttributes
}

/** Longest list of edges that is searched one by one. */
const maxScanned = 16

/** The edge between two nodes of one store, if there is one. */
export function edgeBetween(source: StoredNode, target: StoredNode): StoredEdge | undefined {
  const { outgoing } = source
  const { incoming } = target
  if (outgoing.length <= maxScanned) {
    for (const edge of outgoing) if (edge.target === target) return edge
    return undefined
  }
  if (incoming.length <= maxScanned) {
    for (const edge of incoming) if (edge.source === source) return edge
    return undefined
  }
  source.byDependent ??= new Map(outgoing.map((edge) => [edge.target, edge]))
  return source.byDependent.get(target)
}

function drop(edges: StoredEdge[], edge: StoredEdge): void {
  edges.splice(edges.indexOf(edge), 1)
}

/**
 * The nodes and edges of a graph in insertion order. Edges are found by their two ends and not by a
 * text made of both ids, so no id can be mistaken for two. Analyses work on `snapshot()`.
 */
export class NodeStore {
  readonly #nodes = new Map<string, StoredNode>()
  #edgeCount = 0
  #snapshot: GraphSnapshot | undefined

  get nodeCount(): number {
    return this.#nodes.size
  }

  get edgeCount(): number {
    return this.#edgeCount
  }

  nodes(): Iterable<StoredNode> {
    return this.#nodes.values()
  }

  find(id: string): StoredNode | undefined {
    return this.#nodes.get(id)
  }

  /** @throws TaskNotFoundError */
  get(id: string): StoredNode {
    const node = this.#nodes.get(id)
    if (node === undefined) throw new TaskNotFoundError(id)
    return node
  }

  /** @throws DuplicateNodeError; InvalidInputError for an empty id */
  addNode(id: string, attributes: TaskGraphNodeAttributes, unresolved = false): StoredNode {
    if (id === '') throw new InvalidInputError('id', 'The id of a task must not be empty.')
    if (this.#nodes.has(id)) throw new DuplicateNodeError(id)
    const node: StoredNode = {
      id,
      attributes,
      unresolved,
      incoming: [],
      outgoing: [],
      byDependent: undefined,
      index: -1,
    }
    this.#nodes.set(id, node)
    this.#snapshot = undefined
    return node
  }

  hasEdge(prerequisite: string, dependent: string): boolean {
    return this.findEdge(prerequisite, dependent) !== undefined
  }

  findEdge(prerequisite: string, dependent: string): StoredEdge | undefined {
    const source = this.#nodes.get(prerequisite)
    const target = this.#nodes.get(dependent)
    return source && target && edgeBetween(source, target)
  }

  /** @throws TaskNotFoundError, DuplicateEdgeError, CircularDependencyError for a task that depends on itself */
  addEdge(prerequisite: string, dependent: string, attributes: TaskGraphEdgeAttributes): void {
    const source = this.get(prerequisite)
    const target = this.get(dependent)
    if (edgeBetween(source, target) !== undefined)
      throw new DuplicateEdgeError(prerequisite, dependent)
    this.linkNodes(source, target, attributes)
  }

  /** `addEdge` for nodes of this store that are not linked yet. */
  linkNodes(source: StoredNode, target: StoredNode, attributes: TaskGraphEdgeAttributes): void {
    if (source === target) throw new CircularDependencyError([[source.id]])
    const edge: StoredEdge = { source, target, attributes }
    source.outgoing.push(edge)
    source.byDependent?.set(target, edge)
    target.incoming.push(edge)
    this.#edgeCount += 1
    this.#snapshot = undefined
  }

  /** Removes a node and its edges; false when it is not there. */
  removeNode(id: string): boolean {
    const node = this.#nodes.get(id)
    if (node === undefined) return false
    for (const edge of node.outgoing) drop(edge.target.incoming, edge)
    for (const edge of node.incoming) {
      drop(edge.source.outgoing, edge)
      edge.source.byDependent?.delete(node)
    }
    this.#edgeCount -= node.outgoing.length + node.incoming.length
    this.#nodes.delete(id)
    this.#snapshot = undefined
    return true
  }

  /** Removes an edge; false when it is not there. */
  removeEdge(prerequisite: string, dependent: string): boolean {
    const edge = this.findEdge(prerequisite, dependent)
    if (edge === undefined) return false
    drop(edge.source.outgoing, edge)
    edge.source.byDependent?.delete(edge.target)
    drop(edge.target.incoming, edge)
    this.#edgeCount -= 1
    this.#snapshot = undefined
    return true
  }

  setEdgeAttributes(prerequisite: string, dependent: string, to: TaskGraphEdgeAttributes): void {
    must(this.findEdge(prerequisite, dependent), 'the edge').attributes = to
    this.#snapshot = undefined
  }

  /** The graph as index arrays, the same object until a node, an edge or an edge's attributes change. */
  snapshot(): GraphSnapshot {
    return (this.#snapshot ??= takeSnapshot(this.#nodes, this.#edgeCount))
  }
}
