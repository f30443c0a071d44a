import { must } from '@alkdev/std'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { taskClaims } from '../schema/tasks/task-claims.ts'
import type { TaskClaimRow } from '../schema/tasks/task-claims.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import { provesClaim, releaseClaim } from './end-task.ts'
import type { ClaimProof, TaskChange } from './end-task.ts'
import { isLive, lockTask, lockTasks } from './lock-task.ts'

export interface ReleaseTask {
  readonly taskId: string
  /** Without it the claim is taken away from its holder. */
  readonly proof?: ClaimProof
  readonly reason: string
  /** What the holder leaves: branch, head, ref of the saved changes, last report. */
  readonly evidence?: Readonly<Record<string, unknown>>
}

/** Gives a task back, in a transaction: it is pending, and the next holder gets the evidence. */
export async function releaseTask(tx: Db, request: ReleaseTask): Promise<TaskChange> {
  const { taskId, proof, reason, evidence } = request
  const locked = await lockTask(tx, taskId)
  if (locked === undefined) return { changed: false, reason: 'not-found' }
  const { claim } = locked
  if (!isLive(claim) || (proof !== undefined && !provesClaim(claim, proof)))
    return { changed: false, reason: 'claim-lost', claim }
  return { changed: true, task: await giveBack(tx, claim, reason, evidence), ready: [] }
}

async function giveBack(
  tx: Db,
  claim: TaskClaimRow,
  reason: string,
  evidence?: Readonly<Record<string, unknown>>,
): Promise<TaskRow> {
  await releaseClaim(tx, claim, reason, evidence)
  const [task] = await tx
    .update(tasks)
    .set({ status: 'pending', statusReason: reason, completedAt: null })
    .where(eq(tasks.id, claim.taskId))
    .returning()
  return must(task)
}

/** What a task is given back with. */
type Evidence = Readonly<Record<string, unknown>>

/** Releases what a session holds, in the transaction that ends it and has locked it. Gives the tasks. */
export function releaseTasksOfSession(
  tx: Db,
  sessionId: string,
  reason: string,
  evidence?: Evidence,
): Promise<TaskRow[]> {
  return releaseTasksOfSessions(tx, [sessionId], reason, () => evidence)
}

/** The same for several sessions, in as many statements. `evidenceOf`: for the sessions that hold tasks. */
export function releaseTasksOfSessions(
  tx: Db,
  sessionIds: readonly string[],
  reason: string,
  evidenceOf: (sessionId: string) => Evidence | undefined,
): Promise<TaskRow[]> {
  return coded(async () => {
    const isHeld = and(
      inArray(taskClaims.sessionId, [...sessionIds]),
      isNull(taskClaims.releasedAt),
    )
    const held = await tx.select({ taskId: taskClaims.taskId }).from(taskClaims).where(isHeld)
    if (held.length === 0) return []
    const taskIds = held.map(({ taskId }) => taskId)
    await lockTasks(tx, taskIds)
    const claims = await tx
      .select()
      .from(taskClaims)
      .where(and(inArray(taskClaims.taskId, taskIds), isHeld))
      .orderBy(asc(taskClaims.taskId))
      .for('no key update')
    const left = claims.map(({ taskId, sessionId }) => ({
      taskId,
      evidence: { ...evidenceOf(must(sessionId)), holder: { sessionId } },
    }))
    return giveBackAll(tx, left, reason)
  })
}

/** The same as `giveBack` for the claims of sessions. */
async function giveBackAll(
  tx: Db,
  left: readonly { readonly taskId: string; readonly evidence: Evidence }[],
  reason: string,
): Promise<TaskRow[]> {
  if (left.length === 0) return []
  const taskIds = left.map(({ taskId }) => taskId)
  await tx.execute(sql`
    update task_claims c set released_at = now(), release_reason = ${reason}, session_id = null, account_id = null, expires_at = null,
      evidence = e.evidence::jsonb, updated_at = now()
    from unnest(${textArray(taskIds)}, ${textArray(left.map(({ evidence }) => JSON.stringify(evidence)))}) as e(id, evidence)
    where c.task_id = e.id`)
  return tx
    .update(tasks)
    .set({ status: 'pending', statusReason: reason, completedAt: null })
    .where(inArray(tasks.id, taskIds))
    .returning()
}

/** The tasks that one sweep releases at most. */
const SWEEP_LIMIT = 100

/**
 * Releases claims whose time is over or whose session is final, and makes tasks pending that are in progress without a claim. Each in its own
 * transaction, so that a killed process leaves no half of one. Gives the tasks.
 */
export function releaseEndedClaims(db: Db): Promise<TaskRow[]> {
  return coded(async () => {
    const found = await db.execute<{ id: string }>(sql`
      (select c.task_id as id from task_claims c where c.released_at is null and c.expires_at <= now() limit ${SWEEP_LIMIT})
      union
      (select c.task_id from task_claims c join sessions s on s.id = c.session_id
        where c.released_at is null and s.status in ('done', 'failed', 'aborted', 'archived') limit ${SWEEP_LIMIT})
      union
      (select t.id from tasks t where t.status = 'in-progress' and not exists (
        select from task_claims c where c.task_id = t.id and c.released_at is null) limit ${SWEEP_LIMIT})
      order by 1`)
    const released: TaskRow[] = []
    for (const { id } of found) {
      // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
      const task = await inTransaction(db, (tx) => releaseEnded(tx, id))
      if (task !== undefined) released.push(task)
    }
    return released
  })
}

/** Looks again under the lock: the claim may have been extended, or the task been claimed again. */
async function releaseEnded(tx: Db, taskId: string): Promise<TaskRow | undefined> {
  const locked = await lockTask(tx, taskId)
  if (locked === undefined) return undefined
  const { task, claim } = locked
  if (isLive(claim)) {
    const reason = await endOf(tx, claim)
    return reason === undefined
      ? undefined
      : giveBack(tx, claim, reason, claim.evidence ?? undefined)
  }
  if (task.status !== 'in-progress') return undefined
  const [row] = await tx
    .update(tasks)
    .set({ status: 'pending', statusReason: 'Its claim was lost.' })
    .where(eq(tasks.id, taskId))
    .returning()
  return row
}

async function endOf(tx: Db, { taskId }: TaskClaimRow): Promise<string | undefined> {
  const [row] = await tx.execute<{ expired: boolean; final: string | null }>(sql`
    select coalesce(c.expires_at <= now(), false) as expired,
      case when s.status in ('done', 'failed', 'aborted', 'archived') then s.status::text end as final
    from task_claims c left join sessions s on s.id = c.session_id where c.task_id = ${taskId}`)
  if (row?.expired === true) return 'The time of the claim is over.'
  return row?.final == null ? undefined : `The session is ${row.final}.`
}
