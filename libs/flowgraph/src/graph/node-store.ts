import { edgeKey } from '@alkdev/graph'
import { DuplicateEdgeError, DuplicateNodeError, NodeNotFoundError } from '../errors.ts'

export interface StoredEdge<EdgeAttrs> {
  readonly key: string
  readonly source: string
  readonly target: string
  attributes: EdgeAttrs
}

export interface StoredNode<NodeAttrs, EdgeAttrs> {
  readonly key: string
  attributes: NodeAttrs
  outgoing: Map<string, StoredEdge<EdgeAttrs>> | undefined
  incoming: Map<string, StoredEdge<EdgeAttrs>> | undefined
}

/** Nodes and directed edges, one per ordered pair. Any string is a key. */
export class NodeStore<NodeAttrs, EdgeAttrs> {
  readonly #nodes = new Map<string, StoredNode<NodeAttrs, EdgeAttrs>>()
  #edgeCount = 0

  get order(): number {
    return this.#nodes.size
  }

  get size(): number {
    return this.#edgeCount
  }

  nodes(): IterableIterator<StoredNode<NodeAttrs, EdgeAttrs>> {
    return this.#nodes.values()
  }

  *edges(): Generator<StoredEdge<EdgeAttrs>> {
    for (const node of this.#nodes.values()) yield* node.outgoing?.values() ?? []
  }

  find(key: string): StoredNode<NodeAttrs, EdgeAttrs> | undefined {
    return this.#nodes.get(key)
  }

  /** Throws NodeNotFoundError. */
  get(key: string): StoredNode<NodeAttrs, EdgeAttrs> {
    const node = this.#nodes.get(key)
    if (node === undefined) throw new NodeNotFoundError(key)
    return node
  }

  findEdge(source: string, target: string): StoredEdge<EdgeAttrs> | undefined {
    return this.#nodes.get(source)?.outgoing?.get(target)
  }

  /** Throws DuplicateNodeError. */
  addNode(key: string, attributes: NodeAttrs): void {
    if (this.#nodes.has(key)) throw new DuplicateNodeError(key)
    this.#nodes.set(key, { key, attributes, outgoing: undefined, incoming: undefined })
  }

  /** Throws NodeNotFoundError and DuplicateEdgeError. */
  addEdge(
    source: string,
    target: string,
    attributes: EdgeAttrs,
    key: string = edgeKey(source, target),
  ): StoredEdge<EdgeAttrs> {
    const [from, to] = [this.get(source), this.get(target)]
    if (from.outgoing?.has(target) === true) throw new DuplicateEdgeError(source, target)
    const edge = { key, source, target, attributes }
    ;(from.outgoing ??= new Map()).set(target, edge)
    ;(to.incoming ??= new Map()).set(source, edge)
    this.#edgeCount += 1
    return edge
  }

  /** Nothing happens when there is none. */
  removeEdge(source: string, target: string): void {
    const from = this.#nodes.get(source)
    if (from?.outgoing?.delete(target) !== true) return
    this.#nodes.get(target)?.incoming?.delete(source)
    this.#edgeCount -= 1
  }

  /** Removes the node and its edges. Throws NodeNotFoundError. */
  removeNode(key: string): void {
    const node = this.get(key)
    for (const target of node.outgoing?.keys() ?? []) this.removeEdge(key, target)
    for (const source of node.incoming?.keys() ?? []) this.removeEdge(source, key)
    this.#nodes.delete(key)
  }
}
