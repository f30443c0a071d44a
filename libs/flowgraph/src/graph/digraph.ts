import type { AbstractGraph as Graph, Attributes } from 'graphology-types'

/** What analysis needs of a graph. `FlowGraph` and graphology's graphs can be read so. */
export interface Digraph {
  readonly order: number
  nodes(): readonly string[]
  hasNode(key: string): boolean
  /** Along edges that carry: typed edges that are not compatible lead nowhere. */
  successors(key: string): readonly string[]
  predecessors(key: string): readonly string[]
}

/** Does the edge stand for a way that exists? */
export function carries(attributes: Readonly<Record<string, unknown>>): boolean {
  return attributes['edgeType'] !== 'typed' || attributes['compatible'] !== false
}

/** Any graphology graph whose edges are directed. */
export type RawGraph<
  NodeAttrs extends Attributes = Attributes,
  EdgeAttrs extends Attributes = Attributes,
> = Graph<NodeAttrs, EdgeAttrs>

/** A graphology graph as a Digraph. */
export function readRaw(graph: RawGraph): Digraph {
  return {
    get order() {
      return graph.order
    },
    nodes: () => graph.nodes(),
    hasNode: (key) => graph.hasNode(key),
    successors(key) {
      const found: string[] = []
      graph.forEachOutEdge(key, (_edge, attributes, _source, target) => {
        if (carries(attributes)) found.push(target)
      })
      return found
    },
    predecessors(key) {
      const found: string[] = []
      graph.forEachInEdge(key, (_edge, attributes, source) => {
        if (carries(attributes)) found.push(source)
      })
      return found
    },
  }
}

/** The graph with nodes as numbers: edges of node `n` are `targets[starts[n]]` up to `targets[starts[n + 1]]`. */
export interface IndexedGraph {
  readonly keys: readonly string[]
  readonly indexOf: ReadonlyMap<string, number>
  readonly starts: Int32Array
  readonly targets: Int32Array
  readonly inDegrees: Int32Array
}

export function indexGraph(graph: Digraph): IndexedGraph {
  const keys = graph.nodes()
  const indexOf = new Map(keys.map((key, at) => [key, at]))
  const starts = new Int32Array(keys.length + 1)
  const inDegrees = new Int32Array(keys.length)
  const lists = keys.map((key) => graph.successors(key))
  lists.forEach((list, at) => {
    starts[at + 1] = (starts[at] ?? 0) + list.length
  })
  const targets = new Int32Array(starts[keys.length] ?? 0)
  let next = 0
  for (const list of lists) {
    for (const key of list) {
      const target = indexOf.get(key) ?? -1
      targets[next] = target
      inDegrees[target] = (inDegrees[target] ?? 0) + 1
      next += 1
    }
  }
  return { keys, indexOf, starts, targets, inDegrees }
}

/** The numbers of the nodes that `node` points to. */
export function targetsOf(graph: IndexedGraph, node: number): Int32Array {
  return graph.targets.subarray(graph.starts[node], graph.starts[node + 1])
}
