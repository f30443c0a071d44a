import { parallelGroups } from '../analysis/parallel-groups.ts'
import { describeCycle } from '../errors.ts'
import { oneLine, textTable } from '../render/plain-text.ts'
import type { TaskStatus } from '../schema/enums.ts'
import type { TaskInput } from '../schema/task.ts'
import { graphOf, nameOf, plural } from './command.ts'
import type { CommandResult, TaskName } from './command.ts'

export interface TopoOptions {
  /** Only tasks of this status, still in the order of all. */
  readonly status?: TaskStatus
}

/** An order in which every task comes after what it waits for. @throws CircularDependencyError */
export function topo(
  tasks: readonly TaskInput[],
  { status }: TopoOptions = {},
): CommandResult<readonly (TaskName & { readonly status: TaskStatus })[]> {
  const graph = graphOf(tasks)
  const data = graph
    .topologicalOrder()
    .map((id) => ({ ...nameOf(graph, id), status: graph.getTask(id)?.status ?? 'pending' }))
    .filter((task) => status === undefined || task.status === status)
  const columns = [
    { title: '#', align: 'right' },
    { title: 'id' },
    { title: 'status' },
    { title: 'name' },
  ] as const
  const rows = data.map(({ id, name, status }, index) => [index + 1, id, status, name])
  return { data, text: data.length === 0 ? 'No tasks.' : textTable(columns, rows) }
}

/** The cycles in which tasks depend on each other; self-dependencies are cycles of one. */
export function cycles(tasks: readonly TaskInput[]): CommandResult<readonly (readonly string[])[]> {
  const own = tasks.filter((task) => task.dependsOn.includes(task.id)).map((task) => [task.id])
  const data = [...own, ...graphOf(tasks).findCycles()]
  const text = data.map((cycle) => oneLine(describeCycle(cycle))).join('\n')
  return { data, text: data.length === 0 ? 'No cycles.' : text }
}

/** The tasks by depth: those of a group wait only for earlier groups. @throws CircularDependencyError */
export function parallel(
  tasks: readonly TaskInput[],
): CommandResult<readonly (readonly string[])[]> {
  const data = parallelGroups(graphOf(tasks))
  const lines = data.map(
    (group, index) =>
      `${index + 1} (${plural(group.length, 'task')}): ${oneLine(group.join(', '))}`,
  )
  return { data, text: data.length === 0 ? 'No tasks.' : lines.join('\n') }
}
