import { criticalPathOf, parallelGroupsOf, reachable, topologicalOrderOf } from './order.ts'
import { asDigraph } from './graph-input.ts'
import type { AnyGraph } from './graph-input.ts'

/** Nodes such that every edge leads forward. Throws CycleError. */
export function topologicalOrder(graph: AnyGraph): string[] {
  return topologicalOrderOf(asDigraph(graph))
}

/** Nodes by depth: each group needs only earlier ones. Throws CycleError. */
export function parallelGroups(graph: AnyGraph): string[][] {
  return parallelGroupsOf(asDigraph(graph))
}

/** The longest chain, by the weights of its nodes or by their number. Throws CycleError. */
export function criticalPath(graph: AnyGraph, weightOf?: (key: string) => number): string[] {
  return criticalPathOf(asDigraph(graph), weightOf)
}

/** The nodes and everything that they lead to. Throws NodeNotFoundError. */
export function reachableFrom(graph: AnyGraph, keys: Iterable<string>): Set<string> {
  const digraph = asDigraph(graph)
  return reachable(
    (key) => digraph.hasNode(key),
    (key) => digraph.successors(key),
    keys,
  )
}

/** Everything that leads to the node, itself excluded. Throws NodeNotFoundError. */
export function ancestors(graph: AnyGraph, key: string): string[] {
  const digraph = asDigraph(graph)
  const found = reachable(
    (each) => digraph.hasNode(each),
    (each) => digraph.predecessors(each),
    [key],
  )
  found.delete(key)
  return [...found]
}

/** Everything that the node leads to, itself excluded. Throws NodeNotFoundError. */
export function descendants(graph: AnyGraph, key: string): string[] {
  const found = reachableFrom(graph, [key])
  found.delete(key)
  return [...found]
}
