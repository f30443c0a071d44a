import { at } from '@alkdev/graph'
import type { GraphArrays } from '@alkdev/graph'
import { must } from '@alkdev/std'
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

/** The graph with nodes as numbers. */
export interface IndexedGraph extends GraphArrays {
  readonly keys: readonly string[]
}

export function indexGraph(graph: Digraph): IndexedGraph {
  const keys = graph.nodes()
  const indexOf = new Map(keys.map((key, node) => [key, node]))
  const lists = keys.map((key) => graph.successors(key))
  const targetsFrom = new Uint32Array(keys.length + 1)
  lists.forEach((list, node) => {
    targetsFrom[node + 1] = at(targetsFrom, node) + list.length
  })
  const targets = Uint32Array.from(lists.flat(), (key) => must(indexOf.get(key), 'a node'))
  return { size: keys.length, keys, targetsFrom, targets }
}
