import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { taskClaims } from '../schema/tasks/task-claims.ts'
import type { TaskClaimRow } from '../schema/tasks/task-claims.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import { taskHash } from './lock-task.ts'

export interface TaskWithClaim {
  readonly task: TaskRow
  /** The row of the latest claim, released or not. */
  readonly claim: TaskClaimRow | undefined
}

/** A task of a project by its slug, with its claim. */
export function readTask(
  db: Db,
  projectId: string,
  slug: string,
): Promise<TaskWithClaim | undefined> {
  return readOne(db, and(eq(tasks.projectId, projectId), eq(tasks.slug, slug)))
}

/** A task by its id, with its claim. */
export function readTaskById(db: Db, taskId: string): Promise<TaskWithClaim | undefined> {
  return readOne(db, eq(tasks.id, taskId))
}

function readOne(db: Db, where: SQL | undefined): Promise<TaskWithClaim | undefined> {
  return coded(async () => {
    const [row] = await db
      .select({ task: tasks, claim: taskClaims })
      .from(tasks)
      .leftJoin(taskClaims, eq(taskClaims.taskId, tasks.id))
      .where(where)
    return row === undefined ? undefined : { task: row.task, claim: row.claim ?? undefined }
  })
}

/** The claims of tasks, released or not. */
export function readClaims(db: Db, taskIds: readonly string[]): Promise<TaskClaimRow[]> {
  if (taskIds.length === 0) return Promise.resolve([])
  return coded(() =>
    db
      .select()
      .from(taskClaims)
      .where(inArray(taskClaims.taskId, [...taskIds])),
  )
}

/** The task that each of these sessions works on. */
export function readTasksOfSessions(
  db: Db,
  sessionIds: readonly string[],
): Promise<
  { readonly sessionId: string | null; readonly slug: string; readonly projectId: string }[]
> {
  if (sessionIds.length === 0) return Promise.resolve([])
  return coded(() =>
    db
      .select({ sessionId: taskClaims.sessionId, slug: tasks.slug, projectId: tasks.projectId })
      .from(taskClaims)
      .innerJoin(tasks, eq(tasks.id, taskClaims.taskId))
      .where(and(inArray(taskClaims.sessionId, [...sessionIds]), isNull(taskClaims.releasedAt))),
  )
}

/** A task that a session works on and whose text, checks or globs were changed since the claim. */
export interface ChangedClaim {
  readonly sessionId: string
  readonly task: TaskRow
  readonly knownHash: string | null
}

/** The claims of sessions on tasks of a project whose text was changed. */
export function changedClaims(db: Db, projectId: string): Promise<ChangedClaim[]> {
  return coded(async () => {
    const rows = await db
      .select({ task: tasks, sessionId: taskClaims.sessionId, knownHash: taskClaims.taskHash })
      .from(taskClaims)
      .innerJoin(tasks, eq(tasks.id, taskClaims.taskId))
      .where(and(eq(tasks.projectId, projectId), isNull(taskClaims.releasedAt)))
    return rows.flatMap(({ task, sessionId, knownHash }) =>
      sessionId === null || knownHash === taskHash(task) ? [] : [{ sessionId, task, knownHash }],
    )
  })
}

/** Notes that the holder is informed of the change, in the transaction that does it. False when it was informed before, or is no longer the holder. */
export async function noteChangedClaim(
  tx: Db,
  { sessionId, task, knownHash }: ChangedClaim,
): Promise<boolean> {
  const rows = await tx
    .update(taskClaims)
    .set({ taskHash: taskHash(task) })
    .where(
      and(
        eq(taskClaims.taskId, task.id),
        eq(taskClaims.sessionId, sessionId),
        knownHash === null ? isNull(taskClaims.taskHash) : eq(taskClaims.taskHash, knownHash),
      ),
    )
    .returning({ taskId: taskClaims.taskId })
  return rows.length > 0
}
