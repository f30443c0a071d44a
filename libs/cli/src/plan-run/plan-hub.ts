import { createHash } from 'node:crypto'
import type {
  CoordMerge,
  CoordMergesOutput,
  CoordSession,
  CoordStatusOutput,
  Session,
  TaskItem,
  TasksNextOutput,
} from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import type { PlanSnapshot } from './plan-state.ts'

const PAGE = 200
const MAX_MERGES = 500
const MAX_LEADS = 1000
const FINAL: ReadonlySet<string> = new Set(['done', 'failed', 'aborted', 'archived'])

export interface PlanPlace {
  readonly project: string | undefined
  /** The branch that gets the work. */
  readonly target: string
  /** Where worktrees are made, in turn. */
  readonly spokes: readonly string[]
}

/** Reads what the hub says of a plan. `leadIds`: the sessions whose children work on it. */
export async function readPlan(
  hub: HubClient,
  { project, target }: PlanPlace,
  leadIds: readonly string[],
  slugs: ReadonlySet<string>,
): Promise<PlanSnapshot> {
  const named = compact({ project })
  // First the sessions: one that finishes meanwhile is seen with its task completed at the next look.
  const sessions = (await Promise.all(leadIds.map((id) => childrenOf(hub, id)))).flat()
  const merges = await hub.call<CoordMergesOutput>('coord.merges', {
    ...named,
    target,
    limit: MAX_MERGES,
  })
  const tasks = (await allTasks(hub, named)).filter(({ slug }) => slugs.has(slug))
  const next = await hub.call<TasksNextOutput>('tasks.next', named)
  const known: readonly CoordMerge[] = merges.merges
  return { tasks, ready: new Set(next.ready.map(({ slug }) => slug)), sessions, merges: known }
}

async function childrenOf(hub: HubClient, sessionId: string): Promise<readonly CoordSession[]> {
  const { sessions } = await hub.call<CoordStatusOutput>('coord.status', { sessionId })
  return sessions.filter((one) => one.sessionId !== sessionId)
}

async function allTasks(
  hub: HubClient,
  named: { readonly project?: string },
): Promise<readonly TaskItem[]> {
  const tasks: TaskItem[] = []
  let cursor: string | undefined
  do {
    const page: { items: TaskItem[]; nextCursor?: string } =
      // oxlint-disable-next-line no-await-in-loop -- page by page
      await hub.call('tasks.list', { ...named, limit: PAGE, ...compact({ cursor }) })
    tasks.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return tasks
}

/**
 * The session at the top of a run. Its id follows from project and target, so that a later run finds it again; one that was ended is followed by the
 * next, up to 1,000. `after`: how many are full already.
 */
export async function leadSession(
  hub: HubClient,
  { project, target }: PlanPlace,
  after: number,
): Promise<{ readonly sessionId: string; readonly earlier: readonly string[] }> {
  const earlier: string[] = []
  for (let generation = 0; generation < MAX_LEADS; generation++) {
    const sessionId = leadId([project ?? 'default', target, String(generation)])
    // oxlint-disable no-await-in-loop -- one after the other, rarely more than one
    const input = {
      sessionId,
      mode: 'external',
      title: `Plan for ${target}`,
      ...compact({ project }),
    }
    const lead = await hub.call<Session>('sessions.create', input).catch((error: unknown) => {
      // Another account has the id.
      if (error instanceof HubProblemError && error.code === 'CONFLICT') return undefined
      throw error
    })
    // oxlint-enable no-await-in-loop
    if (lead === undefined) continue
    if (!FINAL.has(lead.status) && earlier.length >= after) return { sessionId, earlier }
    earlier.push(sessionId)
  }
  throw new OperatorError('The plan has had too many runs.', 'Name another branch with --into.')
}

/**
 * A UUID (version 8) that follows from the names. It sorts below the ids that the hub makes, which begin with the time: lists show the newest session
 * first, and `last` must not mean the session at the top of a run.
 */
export function leadId(names: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(names)).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return [
    '00000000',
    '0000',
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
