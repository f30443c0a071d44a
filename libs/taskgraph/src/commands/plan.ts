import { nextTasks } from '../analysis/next-tasks.ts'
import type { NextTasks } from '../analysis/next-tasks.ts'
import { schedule, whatIf as computeWhatIf } from '../analysis/schedule.ts'
import type { Schedule, WhatIfResult } from '../analysis/schedule.ts'
import { TaskGraph } from '../graph/task-graph.ts'
import { decimals, textTable } from '../render/plain-text.ts'
import type { TaskInput } from '../schema/task.ts'
import { graphOf, plural, uniqueTasks } from './command.ts'
import type { CommandResult } from './command.ts'

export interface NextOptions {
  /** Ready tasks shown at most. Default 10. */
  readonly limit?: number
}

/** What can be started now, best first. A task whose dependency does not exist can't. */
export function next(
  tasks: readonly TaskInput[],
  { limit = 10 }: NextOptions = {},
): CommandResult<NextTasks> {
  // Unlike the other commands this one must not drop a dependency because no task has its id.
  const strict = TaskGraph.fromTasks(uniqueTasks(tasks), { selfDependency: 'ignore' })
  const { ready, waiting } = nextTasks(strict)
  const shown = ready.slice(0, limit)
  const columns = [
    { title: 'id' },
    { title: 'priority' },
    { title: 'chain', align: 'right' },
    { title: 'unblocks', align: 'right' },
    { title: 'name' },
  ] as const
  const rows = shown.map((task) => [
    task.taskId,
    task.priority ?? '-',
    decimals(task.remaining),
    task.unblocks,
    task.name,
  ])
  const table = shown.length === 0 ? '' : `${textTable(columns, rows)}\n`
  const counts = `${plural(ready.length, 'task')} ready, ${waiting.length} waiting`
  const cycles = waiting.length > 0 ? strict.findCycles().length : 0
  const stuck =
    cycles === 0
      ? ''
      : `\nThe tasks of ${plural(cycles, 'cycle')} wait for each other and can never start.`
  return { data: { ready: shown, waiting }, text: table + counts + stuck }
}

/** When each task can begin and by how much it may slip, by scope as duration. @throws CircularDependencyError */
export function slack(tasks: readonly TaskInput[]): CommandResult<Schedule> {
  const data = schedule(graphOf(tasks))
  if (data.tasks.length === 0) return { data, text: 'No tasks.' }
  const columns = [
    { title: 'id' },
    { title: 'takes', align: 'right' },
    { title: 'starts', align: 'right' },
    { title: 'ends', align: 'right' },
    { title: 'slack', align: 'right' },
    { title: 'name' },
  ] as const
  const rows = data.tasks.map((task) => [
    task.taskId,
    decimals(task.duration),
    decimals(task.earliestStart),
    decimals(task.earliestFinish),
    task.critical ? 'critical' : decimals(task.slack),
    task.name,
  ])
  return { data, text: `${textTable(columns, rows)}\nends at ${decimals(data.duration)}` }
}

export interface WhatIfOptions {
  /** By how much each task takes longer (or, negative, shorter), by id. */
  readonly slips: Readonly<Record<string, number>>
}

/** What moves when tasks slip. @throws TaskNotFoundError, CircularDependencyError, InvalidInputError */
export function whatIf(
  tasks: readonly TaskInput[],
  { slips }: WhatIfOptions,
): CommandResult<WhatIfResult> {
  const data = computeWhatIf(graphOf(tasks), slips)
  const columns = [
    { title: 'id' },
    { title: 'start', align: 'right' },
    { title: 'end', align: 'right' },
    { title: 'name' },
  ] as const
  const rows = data.moved.map((task) => [
    task.taskId,
    signed(task.startSlip),
    signed(task.finishSlip),
    task.name,
  ])
  const { endSlip, durationBefore, durationAfter } = data
  const end =
    endSlip === 0
      ? `The end stays at ${decimals(durationBefore)}.`
      : `The end moves by ${signed(endSlip)}, from ${decimals(durationBefore)} to ${decimals(durationAfter)}.`
  return { data, text: rows.length === 0 ? end : `${textTable(columns, rows)}\n${end}` }
}

function signed(value: number): string {
  return value > 0 ? `+${decimals(value)}` : decimals(value)
}
