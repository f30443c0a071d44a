import { at, inDegreesOf } from './graph-arrays.ts'
import type { GraphArrays } from './graph-arrays.ts'

/**
 * Kahn's algorithm with a first-in first-out queue: every edge leads forward, and of the nodes that are free at the same time the one with
 * the smallest number, or the one freed first, comes first. Shorter than the graph when there is a cycle. Linear in nodes and edges.
 */
export function topologicalOrder(graph: GraphArrays): Uint32Array {
  const { size, targetsFrom, targets } = graph
  const order = new Uint32Array(size)
  const missing = inDegreesOf(graph)
  let filled = 0
  for (let node = 0; node < size; node += 1) if (missing[node] === 0) order[filled++] = node
  for (let done = 0; done < filled; done += 1) {
    const node = at(order, done)
    const end = at(targetsFrom, node + 1)
    for (let edge = at(targetsFrom, node); edge < end; edge += 1) {
      const target = at(targets, edge)
      const left = at(missing, target) - 1
      missing[target] = left
      if (left === 0) order[filled++] = target
    }
  }
  return order.subarray(0, filled)
}

/** The number of edges of the longest path that ends at each node. `order`: all nodes in topological order. */
export function depthsOf(graph: GraphArrays, order: Uint32Array): Uint32Array {
  const { size, targetsFrom, targets } = graph
  const depths = new Uint32Array(size)
  for (const node of order) {
    const next = at(depths, node) + 1
    const end = at(targetsFrom, node + 1)
    for (let edge = at(targetsFrom, node); edge < end; edge += 1) {
      const target = at(targets, edge)
      if (next > at(depths, target)) depths[target] = next
    }
  }
  return depths
}

export interface HeaviestPath {
  /** Its nodes from first to last; none in an empty graph. */
  readonly path: number[]
  readonly weight: number
}

export interface HeaviestPathOptions {
  /**
   * A path may begin at any node, so that a source whose paths have a negative weight is not part of it. Otherwise a path begins at a node
   * without sources.
   */
  readonly beginsAnywhere: boolean
}

/**
 * The path whose nodes' weights have the greatest sum, by dynamic programming over the topological order; linear in nodes and edges. Of equal
 * ones: the one whose last node comes first in `order`, and of the sources of a node the first one.
 */
export function heaviestPath(
  order: Uint32Array,
  { sourcesFrom, sources }: { readonly sourcesFrom: Uint32Array; readonly sources: Uint32Array },
  weights: Float64Array,
  { beginsAnywhere }: HeaviestPathOptions,
): HeaviestPath {
  const total = new Float64Array(weights.length)
  const before = new Int32Array(weights.length).fill(-1)
  let last = -1
  for (const node of order) {
    let best = 0
    const end = at(sourcesFrom, node + 1)
    for (let edge = at(sourcesFrom, node); edge < end; edge += 1) {
      const source = at(sources, edge)
      const weight = at(total, source)
      const isFirst = before[node] === -1 && (!beginsAnywhere || weight === 0)
      if (!isFirst && !(weight > best)) continue
      best = weight
      before[node] = source
    }
    total[node] = best + at(weights, node)
    if (last === -1 || at(total, node) > at(total, last)) last = node
  }
  const path: number[] = []
  for (let node = last; node !== -1; node = at(before, node)) path.push(node)
  return { path: path.toReversed(), weight: last === -1 ? 0 : at(total, last) }
}
