import { GraphBase } from '../graph/graph-base.ts'
import { readRaw } from '../graph/digraph.ts'
import type { Digraph, RawGraph } from '../graph/digraph.ts'

/** A graph to analyse: a FlowGraph or a graphology graph. */
export type AnyGraph = GraphBase | RawGraph

export function asDigraph(graph: AnyGraph): Digraph {
  return graph instanceof GraphBase ? graph : readRaw(graph)
}

export function attributesOfNode(graph: AnyGraph, key: string): Readonly<Record<string, unknown>> {
  return graph.getNodeAttributes(key)
}

/** Every stored edge. Derived type edges of a FlowGraph are not listed. */
export function edgesOf(
  graph: AnyGraph,
): readonly { source: string; target: string; attributes: Readonly<Record<string, unknown>> }[] {
  if (graph instanceof GraphBase) return [...graph.storedEdges()]
  const edges: { source: string; target: string; attributes: Readonly<Record<string, unknown>> }[] =
    []
  graph.forEachEdge(
    (_edge, attributes, source, target) => void edges.push({ source, target, attributes }),
  )
  return edges
}
