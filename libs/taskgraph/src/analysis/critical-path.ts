import { at, heaviestPath as heaviest } from '@alkdev/graph'
import { InvalidInputError } from '../errors.ts'
import type { TaskGraph } from '../graph/task-graph.ts'
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

/** The path and its weight. */
export function heaviestPath(
  graph: TaskGraph,
  weightFn: TaskWeight,
): { path: string[]; weight: number } {
  const { nodes, order, prerequisites, prerequisitesFrom } = graph.orderedSnapshot()
  const weights = Float64Array.from(nodes, ({ id, attributes }) => {
    const weight = weightFn(id, attributes)
    if (Number.isFinite(weight)) return weight
    throw new InvalidInputError(
      'weight',
      `The weight of "${id}" must be a finite number, not ${weight}.`,
    )
  })
  const edges = { sourcesFrom: prerequisitesFrom, sources: prerequisites }
  const { path, weight } = heaviest(order, edges, weights, { beginsAnywhere: true })
  return { path: path.map((node) => at(nodes, node).id), weight }
}
