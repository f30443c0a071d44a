import { at, depthsOf } from '@alkdev/graph'
import { arraysOf } from '../graph/snapshot.ts'
import type { TaskGraph } from '../graph/task-graph.ts'

/**
 * The tasks by depth: group 0 waits for nothing, each later group for something in the one before it.
 * The status of tasks is not looked at.
 * @throws CircularDependencyError
 */
export function parallelGroups(graph: TaskGraph): string[][] {
  const snapshot = graph.orderedSnapshot()
  const depths = depthsOf(arraysOf(snapshot), snapshot.order)
  const groups: string[][] = []
  for (const node of snapshot.order)
    (groups[at(depths, node)] ??= []).push(at(snapshot.nodes, node).id)
  return groups
}
