import { table } from '../hub/print.ts'
import { dollars } from '../input/money.ts'
import { durationText } from '../commands/calls/call-text.ts'
import { oneLine } from '../sessions/tool-text.ts'
import type { PlanTask, PlanTaskState } from './plan-state.ts'

const ORDER: readonly PlanTaskState[] = [
  'stuck',
  'working',
  'merging',
  'to-merge',
  'elsewhere',
  'ready',
  'postponed',
  'waiting',
  'done',
]

export interface BoardSize {
  readonly columns?: number
  readonly rows?: number
}

/** The counts of a plan in one line: tasks, waves, sessions, spending, approvals. */
export function summaryLine(tasks: readonly PlanTask[]): string {
  const done = tasks.filter(({ state }) => state === 'done').length
  const waves = new Set(tasks.map(({ wave }) => wave))
  const open = tasks.filter(({ state }) => state !== 'done').map(({ wave }) => wave)
  const sessions = tasks.flatMap(({ session }) => session ?? [])
  const working = tasks.filter(({ state }) => state === 'working').length
  const cost = sessions.reduce((sum, { spend }) => sum + spend.cost, 0)
  const approvals = sessions.reduce((sum, { openApprovals }) => sum + openApprovals.length, 0)
  return [
    `${done} of ${tasks.length} tasks done`,
    open.length === 0 ? `${waves.size} waves` : `wave ${Math.min(...open)} of ${waves.size}`,
    `${working} ${working === 1 ? 'session works' : 'sessions work'}`,
    `${dollars(cost)} spent`,
    `${approvals} ${approvals === 1 ? 'approval waits' : 'approvals wait'}`,
  ].join(', ')
}

/** The board: what is done is only counted. Lines that do not fit are counted as well. */
export function boardLines(
  tasks: readonly PlanTask[],
  now: number,
  { columns = 0, rows = Infinity }: BoardSize = {},
): string[] {
  const shown = tasks
    .filter(({ state }) => state !== 'done')
    .toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
  const summary = summaryLine(tasks)
  if (shown.length === 0) return [summary]
  const text = table(
    ['task', 'wave', 'state', 'session', 'for', 'cost', 'note'],
    shown.map((task) => rowOf(task, now)),
    columns,
  )
  const lines = [summary, '', ...text.split('\n')]
  if (lines.length <= rows) return lines
  return [...lines.slice(0, rows - 1), `and ${lines.length - rows + 1} more lines`]
}

function rowOf(task: PlanTask, now: number): (string | number | undefined)[] {
  const { session, state } = task
  const isActive = session !== undefined && (state === 'working' || state === 'merging')
  return [
    task.slug,
    task.wave,
    state,
    session?.sessionId.slice(-8),
    isActive ? durationText(Math.max(0, now - Date.parse(session.stateSince))) : '',
    session === undefined ? '' : dollars(session.spend.cost),
    noteOf(task),
  ]
}

/** What a person should know of a task, in one line. */
export function noteOf({ note, session, state }: PlanTask): string {
  if (state !== 'working' || session === undefined) return oneLine(note)
  const { openApprovals, askedOf, findings, waitingOn } = session
  const whose =
    askedOf === undefined ? 'your approval' : 'the approval of a session above, or yours'
  const needs = [
    ...(openApprovals.length > 0 ? [`waits for ${whose} (\`alkhub inbox\`)`] : []),
    ...(waitingOn !== undefined && openApprovals.length === 0 ? [`waits for ${waitingOn}`] : []),
    ...findings.map(({ kind }) => kind),
  ]
  return oneLine([...needs, note].filter((part) => part !== '').join('; '))
}

/** What changed between two moments, a line for each task. */
export function changedTasks(
  before: readonly PlanTask[],
  now: readonly PlanTask[],
): readonly PlanTask[] {
  const known = new Map(before.map((task) => [task.slug, keyOf(task)]))
  return now.filter((task) => known.get(task.slug) !== keyOf(task))
}

export function changeLine(task: PlanTask): string {
  const by =
    task.state === 'working' && task.session ? ` (${task.session.sessionId.slice(-8)})` : ''
  const note = noteOf(task)
  return `${task.slug} ${task.state}${by}${note === '' ? '' : `: ${note}`}`
}

function keyOf(task: PlanTask): string {
  return JSON.stringify([task.state, task.session?.sessionId, noteOf(task)])
}
