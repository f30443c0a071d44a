import { compact } from '@alkdev/std'
import { oneLine } from '../render/plain-text.ts'
import type { TaskInput } from '../schema/task.ts'
import { findTask, graphOf } from './command.ts'
import type { CommandResult } from './command.ts'

export interface ShowOptions {
  readonly id: string
  /** Text below the front matter, shown at the end. */
  readonly body?: string
}

export interface ShowData {
  readonly task: TaskInput
  /** Tasks that wait for it directly. */
  readonly dependents: readonly string[]
  /** Dependencies that no task has. */
  readonly unresolved: readonly string[]
  readonly body?: string
}

/** Everything about one task. @throws TaskNotFoundError */
export function show(
  tasks: readonly TaskInput[],
  { id, body }: ShowOptions,
): CommandResult<ShowData> {
  const task = findTask(tasks, id)
  const graph = graphOf(tasks)
  const known = new Set(graph.taskIds())
  const dependents = graph.dependents(id)
  const unresolved = task.dependsOn.filter((one) => !known.has(one))
  const lines = [`${oneLine(task.id)}: ${oneLine(task.name)}`]
  const line = (title: string, value: string | null | undefined) => {
    if (value !== undefined && value !== null && value !== '') {
      lines.push(`  ${title.padEnd(12)}${oneLine(value)}`)
    }
  }
  line('status', task.status ?? 'pending')
  for (const field of [
    'priority',
    'scope',
    'risk',
    'impact',
    'level',
    'assignee',
    'due',
  ] as const) {
    line(field, task[field])
  }
  line('tags', task.tags?.join(', '))
  line('estimate', typeof task.estimate === 'number' ? `${task.estimate} h` : undefined)
  line('touches', task.touches?.join(', '))
  for (const { name, command } of task.checks ?? []) line('check', `${name}: ${command}`)
  line('depends on', task.dependsOn.join(', '))
  line('not found', unresolved.join(', '))
  line('needed by', dependents.join(', '))
  line('created', task.created)
  line('modified', task.modified)
  const shown = body?.trim() ? [...lines, '', ...body.trim().split(/\r?\n/).map(printable)] : lines
  const data = { task, dependents, unresolved, ...compact({ body }) }
  return { data, text: shown.join('\n') }
}

/** A line of the body with its indentation. */
function printable(line: string): string {
  return (/^[ \t]*/.exec(line)?.[0] ?? '') + oneLine(line)
}
