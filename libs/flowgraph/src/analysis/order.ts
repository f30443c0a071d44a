import {
  at,
  componentCycles,
  depthsOf,
  heaviestPath,
  reachableFrom,
  sourcesIn,
  topologicalOrder,
} from '@alkdev/graph'
import { CycleError, NodeNotFoundError } from '../errors.ts'
import { indexGraph } from '../graph/digraph.ts'
import type { Digraph, IndexedGraph } from '../graph/digraph.ts'

/** Maximum number of cycles listed. */
const MAX_CYCLES = 100

interface OrderedGraph extends IndexedGraph {
  readonly order: Uint32Array
}

/** Throws CycleError. */
function ordered(graph: Digraph): OrderedGraph {
  const indexed = indexGraph(graph)
  const order = topologicalOrder(indexed)
  if (order.length < indexed.size) throw new CycleError(cyclesOf(indexed))
  return { ...indexed, order }
}

function keysOf({ keys }: IndexedGraph, nodes: Iterable<number>): string[] {
  return Array.from(nodes, (node) => at(keys, node))
}

/** Nodes such that every edge leads forward; among the possible orders the one closest to insertion. Throws CycleError. */
export function topologicalOrderOf(graph: Digraph): string[] {
  const indexed = ordered(graph)
  return keysOf(indexed, indexed.order)
}

/** Nodes by depth: each group needs only earlier ones. Throws CycleError. */
export function parallelGroupsOf(graph: Digraph): string[][] {
  const indexed = ordered(graph)
  const depths = depthsOf(indexed, indexed.order)
  const groups: string[][] = []
  indexed.keys.forEach((key, node) => {
    ;(groups[at(depths, node)] ??= []).push(key)
  })
  return groups
}

/** The chain with the greatest sum of weights (1 per node by default); of equal ones the first found. Throws CycleError. */
export function criticalPathOf(
  graph: Digraph,
  weightOf: (key: string) => number = () => 1,
): string[] {
  const indexed = ordered(graph)
  const { keys, order } = indexed
  const weights = Float64Array.from(keys, (key) => weightOf(key))
  const edges = sourcesIn(indexed, order)
  return keysOf(indexed, heaviestPath(order, edges, weights, { beginsAnywhere: false }).path)
}

export function hasCyclesIn(graph: Digraph): boolean {
  const indexed = indexGraph(graph)
  return topologicalOrder(indexed).length < indexed.size
}

/**
 * One cycle for each group of nodes that reach each other (strongly connected component), a shortest one through the
 * group's first node; 100 at most. Every key of a cycle points to the next, the last to the first.
 */
export function findCyclesIn(graph: Digraph): string[][] {
  return cyclesOf(indexGraph(graph))
}

function cyclesOf(graph: IndexedGraph): string[][] {
  return componentCycles(graph, MAX_CYCLES).map((cycle) => keysOf(graph, cycle))
}

/** Everything that can be reached from the nodes, themselves included. Throws NodeNotFoundError. */
export function reachable(
  has: (key: string) => boolean,
  neighbours: (key: string) => readonly string[],
  from: Iterable<string>,
): Set<string> {
  const start = new Set(from)
  for (const key of start) if (!has(key)) throw new NodeNotFoundError(key)
  return new Set([...start, ...reachableFrom(start, neighbours)])
}
