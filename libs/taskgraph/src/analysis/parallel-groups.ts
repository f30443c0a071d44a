import type { TaskGraph } from '../graph/task-graph.ts'
import { at } from '../graph/snapshot.ts'

/**
 * The tasks by depth: group 0 waits for nothing, each later group for something in the one before it.
 * The status of tasks is not looked at.
 * @throws CircularDependencyError
 */
export function parallelGroups(graph: TaskGraph): string[][] {
  const { nodes, order, prerequisites, prerequisitesFrom } = graph.orderedSnapshot()
  const depths = new Uint32Array(nodes.length)
  const groups: string[][] = []
  for (const node of order) {
    let depth = 0
    const end = at(prerequisitesFrom, node + 1)
    for (let edge = at(prerequisitesFrom, node); edge < end; edge += 1) {
      depth = Math.max(depth, at(depths, at(prerequisites, edge)) + 1)
    }
    depths[node] = depth
    ;(groups[depth] ??= []).push(at(nodes, node).id)
  }
  return groups
}
