import { must } from '@alkdev/std'
import { eq, sql } from 'drizzle-orm'
import type { Db } from '../database/types.ts'
import { taskClaims } from '../schema/tasks/task-claims.ts'
import type { TaskClaimRow } from '../schema/tasks/task-claims.ts'
import type { TaskStatus } from '../schema/tasks/families.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import { isHolder, isLive, lockTask } from './lock-task.ts'
import type { LockedTask, TaskHolder } from './lock-task.ts'
import { hasNoOpenPrerequisite } from './prerequisites.ts'

/** Proves that its sender still holds the claim. */
export interface ClaimProof {
  readonly holder: TaskHolder
  readonly token: number
}

export interface EndTask {
  readonly taskId: string
  readonly proof: ClaimProof
  readonly status: 'completed' | 'failed' | 'blocked'
  readonly reason?: string
  /** How the work ended, as JSON. */
  readonly result?: Readonly<Record<string, unknown>>
  /** Whether the checks of the claim must all have passed in their latest run under this claim. */
  readonly requireChecks?: boolean
}

/** Why a change of a task was refused. */
export type TaskChangeRefusal =
  | { readonly reason: 'not-found' }
  /** The claim is another one or is released. */
  | { readonly reason: 'claim-lost'; readonly claim: TaskClaimRow | undefined }
  | { readonly reason: 'status'; readonly task: TaskRow }
  | { readonly reason: 'checks'; readonly missing: readonly string[] }

export type TaskChange =
  | {
      readonly changed: true
      readonly task: TaskRow
      /** The tasks that the completion made ready. */
      readonly ready: readonly { readonly taskId: string; readonly slug: string }[]
    }
  | ({ readonly changed: false } & TaskChangeRefusal)

/**
 * Ends the work on a task in a transaction: its claim is released and, when it is completed, each dependent that thereby has all its prerequisites
 * is woken by one row. The same end by the same holder again changes nothing.
 */
export async function endTask(tx: Db, request: EndTask): Promise<TaskChange> {
  const { taskId, proof, status, reason, result } = request
  const locked = await lockTask(tx, taskId)
  if (locked === undefined) return { changed: false, reason: 'not-found' }
  if (!provesClaim(locked.claim, proof))
    return { changed: false, reason: 'claim-lost', claim: locked.claim }
  if (request.requireChecks === true && status === 'completed') {
    const missing = await checksMissing(tx, must(locked.claim))
    if (missing.length > 0) return { changed: false, reason: 'checks', missing }
  }
  await releaseClaim(tx, must(locked.claim), status)
  return {
    changed: true,
    ...(await writeEnd(tx, locked, {
      status,
      reason: reason ?? null,
      result: result === undefined ? null : { ...result },
    })),
  }
}

export function provesClaim(claim: TaskClaimRow | undefined, proof: ClaimProof): boolean {
  return isLive(claim) && claim.token === proof.token && isHolder(claim, proof.holder)
}

/** Names of the checks of the claim that did not pass in the latest run under it. */
async function checksMissing(
  tx: Db,
  { taskId, token, checks }: TaskClaimRow,
): Promise<readonly string[]> {
  if (checks.length === 0) return []
  const rows = await tx.execute<{ name: string; command: string }>(sql`
    select name, command from task_checks where status = 'passed' and run_id = (
      select run_id from task_checks where task_id = ${taskId} and claim_token = ${token} order by id desc limit 1)`)
  const passed = new Set(rows.map(({ name, command }) => JSON.stringify([name, command])))
  return checks
    .filter(({ name, command }) => !passed.has(JSON.stringify([name, command])))
    .map(({ name }) => String(name))
}

/** The claim no longer names its holder, so that the end of the holder's row does not take the token with it. */
export async function releaseClaim(
  tx: Db,
  { taskId, sessionId, accountId }: TaskClaimRow,
  reason: string,
  evidence?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const holder = sessionId === null ? { accountId } : { sessionId }
  await tx
    .update(taskClaims)
    .set({
      releasedAt: sql`now()`,
      releaseReason: reason,
      sessionId: null,
      accountId: null,
      expiresAt: null,
      evidence: { ...evidence, holder },
    })
    .where(eq(taskClaims.taskId, taskId))
}

async function writeEnd(
  tx: Db,
  { task }: LockedTask,
  end: {
    readonly status: TaskStatus
    readonly reason: string | null
    readonly result: Record<string, unknown> | null
  },
): Promise<Pick<Extract<TaskChange, { changed: true }>, 'task' | 'ready'>> {
  const isCompleted = end.status === 'completed'
  const [written] = await tx
    .update(tasks)
    .set({
      status: end.status,
      statusReason: end.reason,
      result: end.result,
      completedAt: end.status === 'blocked' ? null : sql`now()`,
      ...(isCompleted && { completions: sql`${tasks.completions} + 1` }),
    })
    .where(eq(tasks.id, task.id))
    .returning()
  const row = must(written)
  return { task: row, ready: isCompleted ? await wakeDependents(tx, row) : [] }
}

/**
 * One row for each dependent and completion. A row of a dependent that still waits for others counts as delivered: only the completion that makes
 * it ready wakes it. The lock of the project makes that exactly one.
 */
async function wakeDependents(
  tx: Db,
  { id, completions }: TaskRow,
): Promise<readonly { readonly taskId: string; readonly slug: string }[]> {
  const rows = await tx.execute<{ id: string; slug: string }>(sql`
    with dependents as (
      select t.id, t.slug, t.status = 'pending' and ${hasNoOpenPrerequisite(sql`t.id`)} as ready
      from task_dependencies x join tasks t on t.id = x.dependent_task_id
      where x.depends_on_task_id = ${id}
    ), written as (
      insert into task_wakeups (task_id, completed_task_id, completion, delivered_at)
      select d.id, ${id}, ${completions}, case when not d.ready then now() end from dependents d
      on conflict do nothing
    )
    select id, slug from dependents where ready order by slug`)
  return rows.map((row) => ({ taskId: row.id, slug: row.slug }))
}
