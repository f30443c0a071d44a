import type { CoordMerge, CoordSession, TaskItem } from '@alkdev/contracts/agents'

/** How far a task of the plan is. `done`: completed, and its branch is in the target. */
export type PlanTaskState =
  | 'waiting'
  | 'postponed'
  | 'ready'
  | 'working'
  | 'elsewhere'
  | 'to-merge'
  | 'merging'
  | 'stuck'
  | 'done'

export interface PlanTask {
  readonly slug: string
  readonly name: string
  /** 1 for a task without prerequisites. */
  readonly wave: number
  readonly state: PlanTaskState
  /** Why it waits or is stuck. */
  readonly note: string
  /** The latest session that works or worked on it. */
  readonly session?: CoordSession | undefined
  readonly merge?: CoordMerge | undefined
  /** Sessions that were spawned for it so far. */
  readonly attempts: number
}

/** What the hub says at one moment. */
export interface PlanSnapshot {
  /** The tasks of the folder. */
  readonly tasks: readonly TaskItem[]
  /** Slugs that can be begun now. */
  readonly ready: ReadonlySet<string>
  /** Sessions below the lead. */
  readonly sessions: readonly CoordSession[]
  /** Merges into the target, the newest first. */
  readonly merges: readonly CoordMerge[]
}

/** Sessions that are spawned for one task, until it counts as stuck. */
export const MAX_ATTEMPTS = 3
const ENDED: ReadonlySet<string> = new Set(['failed', 'aborted', 'archived'])
const OPEN_MERGE: ReadonlySet<string> = new Set(['queued', 'running'])
/** Reasons of a merge that did not succeed after which asking again can help. */
const AGAIN: ReadonlySet<string> = new Set(['moved', 'aborted', 'error'])
const MAX_MERGES = 5

/** What is to be done about each task, from what the hub says alone: a run that was interrupted goes on where it was. */
export function planTasks(snapshot: PlanSnapshot): PlanTask[] {
  const waves = wavesOf(snapshot.tasks)
  const states = new Map<string, PlanTask>()
  const ordered = snapshot.tasks.toSorted(
    (a, b) => (waves.get(a.slug) ?? 0) - (waves.get(b.slug) ?? 0) || (a.slug < b.slug ? -1 : 1),
  )
  for (const task of ordered) {
    const sessions = snapshot.sessions
      .filter((one) => one.task?.slug === task.slug)
      .toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
    const session = sessions.findLast(isAtWork) ?? sessions.findLast(hasFinished) ?? sessions.at(-1)
    const merges = snapshot.merges.filter((one) => one.sessionId === session?.sessionId)
    const open = task.dependsOn.filter((slug) => states.get(slug)?.state !== 'done')
    states.set(task.slug, {
      slug: task.slug,
      name: task.name,
      wave: waves.get(task.slug) ?? 1,
      session,
      merge: merges[0],
      attempts: attemptsOf(sessions),
      ...stateOf(task, session, merges, { open, isReady: snapshot.ready.has(task.slug), sessions }),
    })
  }
  return [...states.values()]
}

interface Around {
  readonly open: readonly string[]
  readonly isReady: boolean
  readonly sessions: readonly CoordSession[]
}

type Found = Pick<PlanTask, 'state' | 'note'>

function stateOf(
  task: TaskItem,
  session: CoordSession | undefined,
  merges: readonly CoordMerge[],
  { open, isReady, sessions }: Around,
): Found {
  if (session !== undefined && isAtWork(session))
    return { state: 'working', note: session.work?.report ?? '' }
  if (task.status === 'completed') return mergeState(session, merges)
  if (task.status === 'failed' || task.status === 'blocked')
    return { state: 'stuck', note: task.statusReason ?? task.status }
  const holder = task.claim?.sessionId ?? task.claim?.accountId
  if (holder !== undefined && holder !== session?.sessionId)
    return { state: 'elsewhere', note: `claimed by ${task.claim?.name ?? holder}` }
  if (attemptsOf(sessions) >= MAX_ATTEMPTS)
    return {
      state: 'stuck',
      note: `${attemptsOf(sessions)} sessions ended without finishing: ${session?.stopReason ?? session?.endReason ?? session?.status ?? ''}`,
    }
  if (open.length > 0) return { state: 'waiting', note: `waits for ${open.join(', ')}` }
  if (!isReady || holder !== undefined)
    return { state: 'postponed', note: 'another task may change the same files' }
  return { state: 'ready', note: '' }
}

/** A completed task without a session of this run has nothing to merge. */
function mergeState(session: CoordSession | undefined, merges: readonly CoordMerge[]): Found {
  if (session === undefined || !hasFinished(session)) return { state: 'done', note: '' }
  if (session.workspace === undefined) return { state: 'done', note: '' }
  const [merge] = merges
  if (merge === undefined) return { state: 'to-merge', note: '' }
  if (merge.status === 'merged') return { state: 'done', note: '' }
  if (OPEN_MERGE.has(merge.status)) return { state: 'merging', note: merge.error ?? '' }
  // The session has worked since: its branch is merged again.
  const isNewer = Date.parse(session.stateSince) > Date.parse(merge.endedAt ?? '')
  const mayRepeat = isNewer || AGAIN.has(merge.reason ?? '')
  if (mayRepeat && merges.length < MAX_MERGES) return { state: 'to-merge', note: '' }
  return { state: 'stuck', note: merge.error ?? merge.reason ?? merge.status }
}

/** Those that a person aborted do not count. */
function attemptsOf(sessions: readonly CoordSession[]): number {
  return sessions.filter(({ status }) => status !== 'aborted').length
}

function isAtWork({ status, work }: CoordSession): boolean {
  return work?.status === 'active' && !ENDED.has(status)
}

function hasFinished({ work }: CoordSession): boolean {
  return work?.status === 'completed'
}

function wavesOf(tasks: readonly TaskItem[]): ReadonlyMap<string, number> {
  const bySlug = new Map(tasks.map((task) => [task.slug, task]))
  const waves = new Map<string, number>()
  const waveOf = (slug: string, above: ReadonlySet<string>): number => {
    const known = waves.get(slug)
    if (known !== undefined) return known
    const below = new Set(above).add(slug)
    const dependsOn = bySlug.get(slug)?.dependsOn ?? []
    const deepest = dependsOn
      .filter((one) => bySlug.has(one) && !below.has(one))
      .map((one) => waveOf(one, below))
    const wave = 1 + Math.max(0, ...deepest)
    waves.set(slug, wave)
    return wave
  }
  for (const { slug } of tasks) waveOf(slug, new Set())
  return waves
}
