import { textTable } from '../render/plain-text.ts'
import type { TaskInput } from '../schema/task.ts'
import { plural } from './command.ts'
import type { CommandResult } from './command.ts'

/** Only tasks that have all of what is given; a task without a status counts as pending. */
export interface TaskFilter extends Partial<
  Pick<TaskInput, 'status' | 'scope' | 'risk' | 'impact' | 'level' | 'priority' | 'assignee'>
> {
  readonly tag?: string
}

const fields = ['scope', 'risk', 'impact', 'level', 'priority', 'assignee'] as const

function matches(task: TaskInput, filter: TaskFilter): boolean {
  const { status, tag } = filter
  if (status && (task.status ?? 'pending') !== status) return false
  if (tag !== undefined && !task.tags?.includes(tag)) return false
  return fields.every((field) => !filter[field] || task[field] === filter[field])
}

/** The tasks that fit a filter, as they were given. */
export function list(
  tasks: readonly TaskInput[],
  filter: TaskFilter = {},
): CommandResult<readonly TaskInput[]> {
  const data = tasks.filter((task) => matches(task, filter))
  if (data.length === 0) return { data, text: 'No tasks.' }
  const columns = ['id', 'status', 'priority', 'scope', 'risk', 'name'].map((title) => ({ title }))
  const rows = data.map((task) => [
    task.id,
    task.status ?? 'pending',
    task.priority ?? '-',
    task.scope ?? '-',
    task.risk ?? '-',
    task.name,
  ])
  return { data, text: `${textTable(columns, rows)}\n${plural(data.length, 'task')}` }
}
