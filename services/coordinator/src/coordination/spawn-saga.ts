import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { must, sharedNow } from '@alkdev/std'
import { createWorkspace, getSpokeByName, inTransaction, updateWorkspace } from '@alkdev/storage'
import {
  advanceSpawn,
  changeMapping,
  endMapping,
  failSpawn,
  isLostSpawn,
  lockCommonDir,
  lockSpawn,
} from '@alkdev/storage/coordination'
import type { SpawnPlan } from '@alkdev/storage/coordination'
import { appendSessionEvents, changeSession, fireWaits, getSession } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import { releaseTasksOfSession } from '@alkdev/storage/tasks'
import { defaultWorktree, SPAWN_LEASE_MS } from './spawn-session.ts'
import { anotherRepository, makeWorktree, removeWorktree } from './spawn-worktree.ts'
import { turnRights } from '../sessions/turn/turn-rights.ts'

type Runtime = Pick<
  ServiceRuntime<'coordinator'>,
  'db' | 'bus' | 'authenticator' | 'logger' | 'config'
>

/** Codes after which the same step is tried again by whichever process comes next. */
const AGAIN: ReadonlySet<string> = new Set([
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_LOST',
  'TIMEOUT',
  'OVERLOADED',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'ABORTED',
])
/** Milliseconds after which a creation that does not get on is undone. */
const GIVE_UP_MS = 120_000

/** What became of a creation. `later`: a step could not be done now, and another process tries it. */
export type SpawnResult =
  | { readonly kind: 'prompted' | 'later' | 'gone' }
  | { readonly kind: 'undone'; readonly error: CallError }

/**
 * Does the steps that the creation of a session still has: the worktree, and the start of its first turn. Each is idempotent, so that any number of
 * processes may do it one after the other or at once. A step that can't be done undoes the creation; a worktree with changes stays.
 */
export async function runSpawn(runtime: Runtime, sessionId: string): Promise<SpawnResult> {
  const session = await getSession(runtime.db, sessionId)
  if (session === undefined || session.spawnPlan === null) return { kind: 'gone' }
  const plan = session.spawnPlan as unknown as SpawnPlan
  try {
    if (session.spawnStep === 'claimed') await takePlace(runtime, session, plan)
    return { kind: (await startWork(runtime, sessionId)) ? 'prompted' : 'gone' }
  } catch (thrown) {
    const error = CallError.from(thrown)
    const isLate = sharedNow() - session.createdAt.getTime() > GIVE_UP_MS
    if (AGAIN.has(error.code) && !isLate && !(await isLost(runtime, sessionId))) {
      runtime.logger.info({ err: error, sessionId }, 'a session could not be given its place yet')
      return { kind: 'later' }
    }
    return (await undoSpawn(runtime, session, plan, error.message))
      ? { kind: 'undone', error }
      : { kind: 'gone' }
  }
}

/** Its spoke is gone, and another one may take the task. */
function isLost({ db, config }: Runtime, sessionId: string): Promise<boolean> {
  return isLostSpawn(db, sessionId, config.sessions.handOverMs)
}

async function takePlace(
  runtime: Runtime,
  session: SessionWithOrg,
  { worktree }: SpawnPlan,
): Promise<void> {
  const { db } = runtime
  if (worktree === undefined) {
    await inTransaction(db, async (tx) => {
      if (await lockSpawn(tx, session.id, 'claimed'))
        await advanceSpawn(tx, session.id, 'worktree', { leaseMs: SPAWN_LEASE_MS })
    })
    return
  }
  const { granted } = await turnRights(runtime, session.id, session.grantId)
  const place = await makeWorktree(runtime, granted, session, worktree)
  const spoke = must(await getSpokeByName(db, worktree.spoke))
  await inTransaction(db, async (tx) => {
    if ((await lockSpawn(tx, session.id, 'claimed')) === undefined) return
    // Once more: another creation may have brought its repository into the project meanwhile.
    const other = await lockCommonDir(tx, session.projectId, place.commonDirId)
    if (other !== undefined) throw anotherRepository(worktree.spoke, other)
    const workspaceId = await createWorkspace(tx, {
      projectId: session.projectId,
      spokeId: spoke.id,
      name: worktree.name,
      branch: worktree.branch,
      worktree: worktree.name,
      repositoryId: place.repositoryId,
      commonDirId: place.commonDirId,
      head: place.commit,
      expectedHead: place.commit,
      directory: place.path,
    })
    await advanceSpawn(tx, session.id, 'worktree', {
      workspaceId,
      workspaceRequired: true,
      leaseMs: SPAWN_LEASE_MS,
    })
    await changeMapping(tx, session.id, { workspaceId, spokeId: spoke.id, branch: worktree.branch })
  })
}

/** The first message is there since the beginning: the session is due from now on. */
function startWork({ db }: Runtime, sessionId: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if ((await lockSpawn(tx, sessionId, 'worktree')) === undefined) return false
    await advanceSpawn(tx, sessionId, 'prompted', { leaseMs: SPAWN_LEASE_MS })
    await changeSession(tx, sessionId, { status: 'queued', wakeAt: new Date(0) })
    await appendSessionEvents(tx, sessionId, [{ type: 'session.changed', data: {} }])
    return true
  })
}

/**
 * Ends a session that can't be created. False when another process was faster, or it was aborted: then its worktree is left as it is, since the session
 * may have it by now.
 */
async function undoSpawn(
  runtime: Runtime,
  session: SessionWithOrg,
  plan: SpawnPlan,
  reason: string,
): Promise<boolean> {
  const { db } = runtime
  const current = await getSession(db, session.id)
  const step = current?.spawnStep
  if (current === undefined || (step !== 'claimed' && step !== 'worktree')) return false
  const { worktree } = plan
  const isUndone = await inTransaction(db, async (tx) => {
    if ((await lockSpawn(tx, session.id, step)) === undefined) return false
    if (current.workspaceId !== null)
      await updateWorkspace(tx, current.workspaceId, { status: 'archived' })
    await failSpawn(tx, session.id, reason)
    await endMapping(tx, session.id, 'failed', { reason })
    await releaseTasksOfSession(tx, session.id, reason)
    await fireWaits(tx, 'child', [session.id])
    await appendSessionEvents(tx, session.id, [{ type: 'session.changed', data: {} }])
    return true
  })
  // One with a name of the caller's may be another one's, or be so by now.
  if (isUndone && worktree?.name === defaultWorktree(session.id))
    await removeWorktree(runtime, current, worktree)
  return isUndone
}
