import { createHash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import type { Db } from '../database/types.ts'
import { taskClaims } from '../schema/tasks/task-claims.ts'
import type { TaskClaimRow } from '../schema/tasks/task-claims.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'

/** Who works on a task: a session, or an account whose claim ends by itself. */
export type TaskHolder = { readonly sessionId: string } | { readonly accountId: string }

/** A task and its claim, both locked. */
export interface LockedTask {
  readonly task: TaskRow
  /** The row of the latest claim, released or not. */
  readonly claim: TaskClaimRow | undefined
}

/**
 * Locks the project of a task, then the task and its claim. Every change of status or claim goes through this lock, so that two of a project never
 * run at once. A transaction that also locks a session locks it before. Undefined when there is no such task.
 */
export async function lockTask(tx: Db, taskId: string): Promise<LockedTask | undefined> {
  const rows = await tx.execute(sql`
    select p.id from projects p where p.id = (select project_id from tasks where id = ${taskId}) for no key update of p`)
  if (rows.length === 0) return undefined
  const [task] = await tx.select().from(tasks).where(eq(tasks.id, taskId)).for('no key update')
  if (task === undefined) return undefined
  const [claim] = await tx
    .select()
    .from(taskClaims)
    .where(eq(taskClaims.taskId, taskId))
    .for('no key update')
  return { task, claim }
}

/** Locks the projects of tasks, then the tasks, each in the order of the ids. */
export async function lockTasks(tx: Db, taskIds: readonly string[]): Promise<void> {
  const ids = textArray(taskIds)
  await tx.execute(sql`
    select p.id from projects p where p.id in (select project_id from tasks where id = any(${ids})) order by p.id for no key update of p`)
  await tx.execute(sql`select id from tasks where id = any(${ids}) order by id for no key update`)
}

/** Whether the claim is not released. That of an account also ends at its time, that of a session with the session. */
export function isLive(claim: TaskClaimRow | undefined): claim is TaskClaimRow {
  return claim !== undefined && claim.releasedAt === null
}

export function isHolder(claim: TaskClaimRow, holder: TaskHolder): boolean {
  return 'sessionId' in holder
    ? claim.sessionId === holder.sessionId
    : claim.accountId === holder.accountId
}

/** Hash of what the holder of a claim works by: a change of it is a reason to tell the holder. */
export function taskHash({ name, body, checks, touches }: TaskRow): string {
  return createHash('sha256')
    .update(JSON.stringify([name, body, checks, touches]))
    .digest('base64url')
}
