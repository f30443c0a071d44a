import type { TaskItem } from '@alkdev/contracts/agents'
import { shortTime } from '../../input/times.ts'
import { table } from '../../hub/print.ts'
import type { Board } from './board.ts'

const ORDER = ['in-progress', 'ready', 'blocked', 'failed', 'waiting', 'completed'] as const
type Column = (typeof ORDER)[number]

/** The lines of the board: counts, then the tasks by what can be done with them. Completed ones are only counted. */
export function boardLines(
  { tasks, next }: Board,
  { columns = 0, rows = Infinity }: { readonly columns?: number; readonly rows?: number } = {},
): string[] {
  if (tasks.length === 0) return ['There are no tasks. `alkhub tasks sync FOLDER` puts some here.']
  const readiness = new Map<string, string>([
    ...next.ready.map(({ slug }): [string, string] => [slug, '']),
    ...next.postponed.map(({ slug, waitsFor, path }): [string, string] => [
      slug,
      `after ${waitsFor} (both may change ${path})`,
    ]),
  ])
  const completed = new Set(
    tasks.filter(({ status }) => status === 'completed').map(({ slug }) => slug),
  )
  const columnOf = ({ slug, status, dependsOn }: TaskItem): Column => {
    if (status !== 'pending') return status
    return readiness.has(slug) || dependsOn.every((one) => completed.has(one)) ? 'ready' : 'waiting'
  }
  const sorted = tasks
    .map((task) => ({ task, column: columnOf(task) }))
    .toSorted((a, b) => ORDER.indexOf(a.column) - ORDER.indexOf(b.column))
  const counts = ORDER.map(
    (name) => `${sorted.filter(({ column }) => column === name).length} ${name}`,
  ).join(', ')
  const shown = sorted.filter(({ column }) => column !== 'completed')
  const text = table(
    ['id', 'state', 'who, why', 'name'],
    shown.map(({ task, column }) => [
      task.slug,
      column,
      noteOf(task, column, completed, readiness.get(task.slug)),
      task.name,
    ]),
    columns,
  )
  const lines = shown.length === 0 ? [counts] : [counts, '', ...text.split('\n')]
  if (lines.length <= rows) return lines
  return [...lines.slice(0, rows - 1), `and ${lines.length - rows + 1} more lines`]
}

function noteOf(
  { claim, dependsOn, statusReason }: TaskItem,
  column: Column,
  completed: ReadonlySet<string>,
  readiness: string | undefined,
): string {
  if (claim !== undefined) return `${holderOf(claim)} since ${shortTime(claim.since)}`
  if (column === 'waiting')
    return `waits for ${dependsOn.filter((one) => !completed.has(one)).join(', ')}`
  return readiness !== undefined && readiness !== '' ? readiness : (statusReason ?? '')
}

/** Sessions of the same title differ by their ids. */
function holderOf({ sessionId, accountId, name }: NonNullable<TaskItem['claim']>): string {
  if (sessionId === undefined) return name ?? `account ${accountId ?? ''}`
  return name === undefined ? `session ${sessionId}` : `session "${name}" (${sessionId.slice(-8)})`
}

/** What changed between two moments, one entry for each task whose status or holder is another. */
export function boardChanges(
  before: readonly TaskItem[],
  now: readonly TaskItem[],
): { readonly task: TaskItem; readonly line: string }[] {
  const known = new Map(before.map((task) => [task.slug, stateOf(task)]))
  return now
    .filter((task) => known.get(task.slug) !== stateOf(task))
    .map((task) => ({ task, line: stateOf(task) }))
}

function stateOf({ slug, status, claim, statusReason }: TaskItem): string {
  const who = claim === undefined ? '' : ` by ${holderOf(claim)}`
  const why = statusReason === undefined ? '' : `: ${statusReason.replaceAll(/\s+/g, ' ')}`
  return `${slug} ${status}${who}${why}`.replaceAll(/\p{Cc}/gu, ' ')
}
