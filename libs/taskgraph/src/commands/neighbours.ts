import { reachableFrom } from '@alkdev/graph'
import type { TaskGraph } from '../graph/task-graph.ts'
import { oneLine, textTable } from '../render/plain-text.ts'
import type { TaskStatus } from '../schema/enums.ts'
import type { TaskInput } from '../schema/task.ts'
import { findTask, graphOf, nameOf } from './command.ts'
import type { CommandResult, TaskName } from './command.ts'

export interface NeighboursOptions {
  readonly id: string
  /** Also what these depend on, or what depends on these, and so on. Default false. */
  readonly transitive?: boolean
}

export interface Neighbour extends TaskName {
  readonly status: TaskStatus
  /** False for a dependency that no task has. */
  readonly found: boolean
}

/** What a task waits for, unknown ids included. @throws TaskNotFoundError */
export function deps(
  tasks: readonly TaskInput[],
  options: NeighboursOptions,
): CommandResult<readonly Neighbour[]> {
  const task = findTask(tasks, options.id)
  const graph = graphOf(tasks)
  const found = reach(options, (id) => graph.dependencies(id))
  const unknown = new Set(task.dependsOn.filter((id) => graph.getTask(id) === undefined))
  return listed(graph, [...found, ...unknown], `"${options.id}" depends on nothing.`)
}

/** What waits for a task. @throws TaskNotFoundError */
export function dependents(
  tasks: readonly TaskInput[],
  options: NeighboursOptions,
): CommandResult<readonly Neighbour[]> {
  findTask(tasks, options.id)
  const graph = graphOf(tasks)
  const found = reach(options, (id) => graph.dependents(id))
  return listed(graph, found, `Nothing depends on "${options.id}".`)
}

/** Nearest first; the task itself is included only if a cycle leads back to it. */
function reach(
  { id, transitive = false }: NeighboursOptions,
  step: (id: string) => string[],
): string[] {
  if (!transitive) return step(id)
  return [...reachableFrom([id], step)]
}

function listed(graph: TaskGraph, ids: readonly string[], none: string) {
  const data = ids.map((id): Neighbour => {
    const task = graph.getTask(id)
    return { ...nameOf(graph, id), status: task?.status ?? 'pending', found: task !== undefined }
  })
  const columns = [{ title: 'id' }, { title: 'status' }, { title: 'name' }]
  const rows = data.map(({ id, name, status, found }) => [id, found ? status : 'not found', name])
  return { data, text: data.length === 0 ? oneLine(none) : textTable(columns, rows) }
}
