import { at, backEdgeCycles, topologicalOrder } from '@alkdev/graph'
import type { GraphArrays } from '@alkdev/graph'
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
  const order = topologicalOrder({ size, targetsFrom: dependentsFrom, targets: dependents })
  return { nodes, dependentsFrom, dependents, prerequisitesFrom, prerequisites, retention, order }
}

/** The graph as the shared algorithms read it: edges lead to dependents. */
export function arraysOf({ nodes, dependentsFrom, dependents }: GraphSnapshot): GraphArrays {
  return { size: nodes.length, targetsFrom: dependentsFrom, targets: dependents }
}

/**
 * One cycle for each edge that closes one in a depth-first search, as ids in which every task is a prerequisite of the next and the last of
 * the first; `limit` at most.
 */
export function findCycles(graph: GraphSnapshot, limit: number): string[][] {
  const cycles = backEdgeCycles(arraysOf(graph), graph.order, limit)
  return cycles.map((cycle) => cycle.map((node) => at(graph.nodes, node).id))
}
