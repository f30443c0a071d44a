import { bottlenecks } from '../analysis/bottlenecks.ts'
import type { BottleneckResult } from '../analysis/bottlenecks.ts'
import { criticalPath, weightedCriticalPath } from '../analysis/critical-path.ts'
import { resolveDefaults } from '../analysis/defaults.ts'
import { riskPath as findRiskPath } from '../analysis/risk.ts'
import type { TaskGraph } from '../graph/task-graph.ts'
import { decimals, textTable } from '../render/plain-text.ts'
import type { TaskInput } from '../schema/task.ts'
import { graphOf, nameOf, plural } from './command.ts'
import type { CommandResult, TaskName } from './command.ts'

export interface CriticalOptions {
  /** What makes a chain long: its `tasks` (default) or their `cost` by scope. */
  readonly weight?: 'tasks' | 'cost'
}

export interface PathData {
  readonly path: readonly (TaskName & { readonly weight: number })[]
  readonly total: number
}

/** The longest chain of tasks. @throws CircularDependencyError */
export function critical(
  tasks: readonly TaskInput[],
  { weight = 'tasks' }: CriticalOptions = {},
): CommandResult<PathData> {
  const graph = graphOf(tasks)
  const weigh = (id: string) => (weight === 'cost' ? resolved(graph, id).costEstimate : 1)
  const path = weight === 'cost' ? weightedCriticalPath(graph, weigh) : criticalPath(graph)
  return pathResult(graph, path, weigh, weight === 'cost' ? 'cost' : 'tasks')
}

/** The chain on which the most risk adds up: failure probability times impact. @throws CircularDependencyError */
export function riskPath(tasks: readonly TaskInput[]): CommandResult<PathData> {
  const graph = graphOf(tasks)
  const weigh = (id: string) => {
    const { riskWeight, impactWeight } = resolved(graph, id)
    return riskWeight * impactWeight
  }
  return pathResult(graph, findRiskPath(graph).path, weigh, 'risk')
}

export interface BottleneckOptions {
  /** Rows at most. Default 10. */
  readonly limit?: number
}

/** The tasks through which most shortest paths run; those through which none runs are left out. */
export function bottleneck(
  tasks: readonly TaskInput[],
  { limit = 10 }: BottleneckOptions = {},
): CommandResult<readonly BottleneckResult[]> {
  const graph = graphOf(tasks)
  const data = bottlenecks(graph)
    .filter(({ score }) => score > 0)
    .slice(0, limit)
  const columns = [{ title: 'score', align: 'right' }, { title: 'id' }, { title: 'name' }] as const
  const rows = data.map(({ taskId, score }) => [
    score.toFixed(3),
    taskId,
    nameOf(graph, taskId).name,
  ])
  return { data, text: data.length === 0 ? 'No bottlenecks.' : textTable(columns, rows) }
}

function resolved(graph: TaskGraph, id: string) {
  return resolveDefaults(graph.getTask(id) ?? { name: id })
}

function pathResult(
  graph: TaskGraph,
  ids: readonly string[],
  weigh: (id: string) => number,
  title: string,
): CommandResult<PathData> {
  const path = ids.map((id) => ({ ...nameOf(graph, id), weight: weigh(id) }))
  const total = path.reduce((sum, { weight }) => sum + weight, 0)
  if (path.length === 0) return { data: { path, total }, text: 'No tasks.' }
  const columns = [
    { title: '#', align: 'right' },
    { title: 'id' },
    { title, align: 'right' },
    { title: 'name' },
  ] as const
  const rows = path.map(({ id, name, weight }, index) => [index + 1, id, decimals(weight), name])
  const summary = `${plural(path.length, 'task')}, ${title} ${decimals(total)} in all`
  return {
    data: { path, total },
    text: `${textTable(columns, rows)}\n${title === 'tasks' ? plural(path.length, 'task') : summary}`,
  }
}
