import type { StoredNode } from './node-store.ts'

/**
 * A graph as arrays of numbers: what the analyses read. Node `i` is `nodes[i]`; its dependents are
 * `dependents[dependentsFrom[i]]` up to, not including, `dependentsFrom[i + 1]`, its prerequisites the same
 * with the other two arrays, each in the order in which they were added.
 */
export interface GraphSnapshot {
  readonly nodes: readonly StoredNode[]
  readonly dependentsFrom: Uint32Array
  readonly dependents: Uint32Array
  readonly prerequisitesFrom: Uint32Array
  readonly prerequisites: Uint32Array
  /** Beside `prerequisites`: the edge's own quality retention, NaN when it has none. */
  readonly retention: Float64Array
  /** Nodes so that prerequisites come first, first added first; shorter than `nodes` when there is a cycle. */
  readonly order: Uint32Array
}

export function takeSnapshot(
  byId: ReadonlyMap<string, StoredNode>,
  edgeCount: number,
): GraphSnapshot {
  const nodes = [...byId.values()]
  const size = nodes.length
  for (let index = 0; index < size; index += 1) at(nodes, index).index = index
  const dependentsFrom = new Uint32Array(size + 1)
  const prerequisitesFrom = new Uint32Array(size + 1)
  const dependents = new Uint32Array(edgeCount)
  const prerequisites = new Uint32Array(edgeCount)
  const retention = new Float64Array(edgeCount)
  let out = 0
  let into = 0
  for (const node of nodes) {
    for (const edge of node.outgoing) dependents[out++] = edge.target.index
    for (const edge of node.incoming) {
      prerequisites[into] = edge.source.index
      retention[into++] = edge.attributes.qualityRetention ?? Number.NaN
    }
    dependentsFrom[node.index + 1] = out
    prerequisitesFrom[node.index + 1] = into
  }
  const order = kahnOrder(size, dependentsFrom, dependents, prerequisitesFrom)
  return { nodes, dependentsFrom, dependents, prerequisitesFrom, prerequisites, retention, order }
}

/** Kahn's algorithm with a first-in first-out queue; linear in nodes and edges. */
function kahnOrder(
  size: number,
  dependentsFrom: Uint32Array,
  dependents: Uint32Array,
  prerequisitesFrom: Uint32Array,
): Uint32Array {
  const order = new Uint32Array(size)
  const missing = new Uint32Array(size)
  let filled = 0
  for (let node = 0; node < size; node += 1) {
    const count = at(prerequisitesFrom, node + 1) - at(prerequisitesFrom, node)
    missing[node] = count
    if (count === 0) order[filled++] = node
  }
  for (let done = 0; done < filled; done += 1) {
    const node = at(order, done)
    const end = at(dependentsFrom, node + 1)
    for (let edge = at(dependentsFrom, node); edge < end; edge += 1) {
      const target = at(dependents, edge)
      const left = at(missing, target) - 1
      missing[target] = left
      if (left === 0) order[filled++] = target
    }
  }
  return order.subarray(0, filled)
}

/** The element at a position that is known to exist. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  return list[index] as T
}
