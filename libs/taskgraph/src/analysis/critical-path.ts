import { InvalidInputError } from '../errors.ts'
import type { TaskGraph } from '../graph/task-graph.ts'
import { at } from '../graph/snapshot.ts'
import type { TaskGraphNodeAttributes } from '../schema/graph.ts'

/** Weight of a task on a path; any finite number. */
export type TaskWeight = (id: string, attributes: TaskGraphNodeAttributes) => number

/**
 * The longest chain of tasks; of several the first found. Empty for an empty graph.
 * @throws CircularDependencyError
 */
export function criticalPath(graph: TaskGraph): string[] {
  return heaviestPath(graph, () => 1).path
}

/**
 * The chain whose tasks' weights add up to the most, the first task's own included.
 * @throws CircularDependencyError; InvalidInputError for a weight that is no finite number
 */
export function weightedCriticalPath(graph: TaskGraph, weightFn: TaskWeight): string[] {
  return heaviestPath(graph, weightFn).path
}

/** Longest path by dynamic programming over the topological order; linear in tasks and dependencies. */
export function heaviestPath(
  graph: TaskGraph,
  weightFn: TaskWeight,
): { path: string[]; weight: number } {
  const { nodes, order, prerequisites, prerequisitesFrom } = graph.orderedSnapshot()
  const size = nodes.length
  const total = new Float64Array(size)
  const before = new Int32Array(size).fill(-1)
  let last = -1
  for (const node of order) {
    const { id, attributes } = at(nodes, node)
    const weight = weightFn(id, attributes)
    if (!Number.isFinite(weight)) {
      throw new InvalidInputError(
        'weight',
        `The weight of "${id}" must be a finite number, not ${weight}.`,
      )
    }
    let best = 0
    const from = at(prerequisitesFrom, node)
    const end = at(prerequisitesFrom, node + 1)
    for (let edge = from; edge < end; edge += 1) {
      const source = at(prerequisites, edge)
      // A chain may begin anywhere, so a prerequisite that would only take weight away is not taken.
      const heavier = at(total, source) > best || (before[node] === -1 && at(total, source) === 0)
      if (!heavier) continue
      best = at(total, source)
      before[node] = source
    }
    total[node] = best + weight
    if (last === -1 || at(total, node) > at(total, last)) last = node
  }
  const path: string[] = []
  for (let node = last; node !== -1; node = at(before, node)) path.push(at(nodes, node).id)
  return { path: path.toReversed(), weight: last === -1 ? 0 : at(total, last) }
}
