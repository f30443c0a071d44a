import { must } from '@alkdev/std'
import { ComparisonSteps, Touches } from '@alkdev/taskgraph'
import type { TouchesOverlap } from '@alkdev/taskgraph'
import { and, asc, eq, gt, ne, sql } from 'drizzle-orm'
import { interval } from '../database/sql-values.ts'
import type { Db } from '../database/types.ts'
import { taskClaims } from '../schema/tasks/task-claims.ts'
import type { TaskClaimRow } from '../schema/tasks/task-claims.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import { isHolder, isLive, lockTask, taskHash } from './lock-task.ts'
import type { TaskHolder } from './lock-task.ts'
import { openPrerequisites } from './prerequisites.ts'

export interface ClaimTask {
  readonly taskId: string
  readonly holder: TaskHolder
  /** For an account: after how long the claim ends. */
  readonly expiresInMs?: number
}

/** Why a task can't be claimed now. */
export type ClaimRefusal =
  | { readonly reason: 'not-found' }
  /** It is completed, failed or blocked, and has to be reopened first. */
  | { readonly reason: 'closed'; readonly task: TaskRow }
  | { readonly reason: 'claimed'; readonly claim: TaskClaimRow }
  | { readonly reason: 'waiting'; readonly waitsFor: readonly string[] }
  /** It may change the same files as a task in progress. Without `overlap`: the comparison took too many steps, and that counts as one. */
  | {
      readonly reason: 'overlap'
      readonly with: string
      readonly overlap?: TouchesOverlap | undefined
    }
  /** The session is final, and holds no claims. */
  | { readonly reason: 'session-ended' }

export type ClaimOutcome =
  | {
      readonly claimed: true
      /** The holder had the claim already; it is extended. */
      readonly renewed: boolean
      readonly task: TaskRow
      readonly claim: TaskClaimRow
    }
  | ({ readonly claimed: false } & ClaimRefusal)

/**
 * Claims a task that is pending and ready, in a transaction: it is then in progress. Repeated by its holder it extends the claim and keeps the
 * token. Of any number of concurrent claims one is given.
 */
export async function claimTask(tx: Db, request: ClaimTask): Promise<ClaimOutcome> {
  const { taskId, holder } = request
  if ('sessionId' in holder && !(await lockLiveSession(tx, holder.sessionId)))
    return { claimed: false, reason: 'session-ended' }
  const locked = await lockTask(tx, taskId)
  if (locked === undefined) return { claimed: false, reason: 'not-found' }
  const { task, claim } = locked
  if (isLive(claim)) {
    if (!isHolder(claim, holder)) return { claimed: false, reason: 'claimed', claim }
    const renewed = await renewClaim(tx, claim, request)
    return { claimed: true, renewed: true, task, claim: renewed }
  }
  // In progress without a claim is what a process leaves that was killed in an old version; it may be claimed.
  if (task.status !== 'pending' && task.status !== 'in-progress')
    return { claimed: false, reason: 'closed', task }
  const waitsFor = await openPrerequisites(tx, taskId)
  if (waitsFor.length > 0) return { claimed: false, reason: 'waiting', waitsFor }
  const overlap = await overlapInProgress(tx, task)
  if (overlap !== undefined) return { claimed: false, reason: 'overlap', ...overlap }
  const [started] = await tx
    .update(tasks)
    .set({
      status: 'in-progress',
      statusReason: null,
      completedAt: null,
      startedAt: sql`coalesce(${tasks.startedAt}, now())`,
    })
    .where(eq(tasks.id, taskId))
    .returning()
  return {
    claimed: true,
    renewed: false,
    task: must(started),
    claim: await writeClaim(tx, task, request),
  }
}

/** False for a session that is final or does not exist. A session that is not final can not end before this transaction. */
async function lockLiveSession(tx: Db, sessionId: string): Promise<boolean> {
  const rows = await tx.execute(sql`
    select id from sessions where id = ${sessionId} and status not in ('done', 'failed', 'aborted', 'archived')
    for share`)
  return rows.length > 0
}

function columnsOf({ holder, expiresInMs }: ClaimTask) {
  return 'sessionId' in holder
    ? { sessionId: holder.sessionId, accountId: null, expiresAt: null }
    : {
        sessionId: null,
        accountId: holder.accountId,
        expiresAt: sql`now() + ${interval(must(expiresInMs, 'the time of the claim of an account'))}`,
      }
}

async function writeClaim(tx: Db, task: TaskRow, request: ClaimTask): Promise<TaskClaimRow> {
  const values = {
    ...columnsOf(request),
    since: sql`now()`,
    releasedAt: null,
    releaseReason: null,
    taskHash: taskHash(task),
    checks: task.checks.map((check) => ({ ...check })),
  }
  const [row] = await tx
    .insert(taskClaims)
    .values({ taskId: task.id, ...values })
    .onConflictDoUpdate({
      target: taskClaims.taskId,
      set: { ...values, token: sql`${taskClaims.token} + 1` },
    })
    .returning()
  return must(row)
}

async function renewClaim(tx: Db, claim: TaskClaimRow, request: ClaimTask): Promise<TaskClaimRow> {
  if (claim.accountId === null) return claim
  const { expiresAt } = columnsOf(request)
  const [row] = await tx
    .update(taskClaims)
    .set({ expiresAt })
    .where(eq(taskClaims.taskId, claim.taskId))
    .returning()
  return must(row)
}

/** Tasks in progress that are read, and compared without a pause, at a time. */
const COMPARED_AT_ONCE = 500

/** The first task in progress of the project that may change the same files. */
async function overlapInProgress(
  tx: Db,
  task: TaskRow,
): Promise<{ readonly with: string; readonly overlap: TouchesOverlap | undefined } | undefined> {
  if (task.touches.length === 0) return undefined
  const touches = new Touches(task.touches, { areChecked: true })
  const steps = new ComparisonSteps()
  for (let after = ''; ;) {
    // oxlint-disable-next-line no-await-in-loop -- one page after the other
    const others = await tx
      .select({ slug: tasks.slug, touches: tasks.touches })
      .from(tasks)
      .where(
        and(
          eq(tasks.projectId, task.projectId),
          eq(tasks.status, 'in-progress'),
          ne(tasks.id, task.id),
          gt(tasks.slug, after),
          sql`cardinality(${tasks.touches}) > 0`,
        ),
      )
      .orderBy(asc(tasks.slug))
      .limit(COMPARED_AT_ONCE)
    for (const { slug, touches: globs } of others) {
      const found = touches.compare(new Touches(globs, { areChecked: true }), steps)
      if (found === 'undecided') return { with: slug, overlap: undefined }
      if (found !== undefined) return { with: slug, overlap: found }
    }
    const last = others.at(-1)
    if (last === undefined || others.length < COMPARED_AT_ONCE) return undefined
    after = last.slug
  }
}
