import { DirectedGraph } from 'graphology'
import { ConstructionError } from '../errors.ts'
import type { Attributes } from 'graphology-types'
import type { NodeStore, StoredEdge } from './node-store.ts'

/** Edges put into a graphology graph at most. */
const MAX_EDGES = 1_000_000

/**
 * A graphology graph of what a store holds, kept equal from both sides: `write` tells it what was changed in the store; what
 * others change in it goes into the store.
 */
export class RawMirror<NodeAttrs extends Attributes, EdgeAttrs extends Attributes> {
  readonly graph: DirectedGraph<NodeAttrs, EdgeAttrs>
  #writing = false

  /** Throws ConstructionError for more than a million edges and for ids that graphology can't hold. */
  constructor(store: NodeStore<NodeAttrs, EdgeAttrs>) {
    if (store.size > MAX_EDGES) {
      throw new ConstructionError(
        'CONFLICT',
        `${store.size} edges are too many for a graphology graph; ask the FlowGraph itself`,
      )
    }
    this.graph = new DirectedGraph({ multi: false, allowSelfLoops: false })
    for (const node of store.nodes()) this.graph.addNode(node.key, node.attributes)
    for (const edge of store.edges()) this.addEdge(edge)
    this.#follow(store)
  }

  /** Makes a change to the graph that the store knows already. */
  write(change: (graph: DirectedGraph<NodeAttrs, EdgeAttrs>) => void): void {
    this.#writing = true
    try {
      change(this.graph)
    } finally {
      this.#writing = false
    }
  }

  addEdge(edge: StoredEdge<EdgeAttrs>): void {
    const { source, target, attributes } = edge
    const key = this.graph.hasEdge(edge.key) ? JSON.stringify([source, target]) : edge.key
    if (Object.hasOwn(Object.prototype, target) || Object.hasOwn(Object.prototype, source)) {
      throw new ConstructionError(
        'VALIDATION_ERROR',
        `graphology can't hold edges of a node called "${source}" or "${target}"`,
      )
    }
    this.graph.addDirectedEdgeWithKey(key, source, target, attributes)
  }

  #follow(store: NodeStore<NodeAttrs, EdgeAttrs>): void {
    const { graph } = this
    const syncNode = (key: string): void => {
      store.get(key).attributes = graph.getNodeAttributes(key)
    }
    const syncEdge = (key: string): void => {
      const edge = store.findEdge(graph.source(key), graph.target(key))
      if (edge !== undefined) edge.attributes = graph.getEdgeAttributes(key)
    }
    const foreign =
      <T>(change: (payload: T) => void) =>
      (payload: T): void => {
        if (!this.#writing) change(payload)
      }
    graph.on(
      'nodeAdded',
      foreign(({ key, attributes }) => store.addNode(key, attributes)),
    )
    graph.on(
      'nodeDropped',
      foreign(({ key }) => store.removeNode(key)),
    )
    graph.on(
      'edgeAdded',
      foreign(({ key, source, target, attributes }) => {
        store.addEdge(source, target, attributes, key)
      }),
    )
    graph.on(
      'edgeDropped',
      foreign(({ source, target }) => store.removeEdge(source, target)),
    )
    graph.on(
      'nodeAttributesUpdated',
      foreign(({ key }) => syncNode(key)),
    )
    graph.on(
      'edgeAttributesUpdated',
      foreign(({ key }) => syncEdge(key)),
    )
    graph.on(
      'eachNodeAttributesUpdated',
      foreign(() => graph.forEachNode((key) => syncNode(key))),
    )
    graph.on(
      'eachEdgeAttributesUpdated',
      foreign(() => graph.forEachEdge((key) => syncEdge(key))),
    )
    graph.on(
      'edgesCleared',
      foreign<void>(() => {
        for (const { source, target } of [...store.edges()]) store.removeEdge(source, target)
      }),
    )
    graph.on(
      'cleared',
      foreign<void>(() => {
        for (const { key } of [...store.nodes()]) store.removeNode(key)
      }),
    )
  }
}
