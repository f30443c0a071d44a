import { must } from '@alkdev/std'
import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Db } from '../database/types.ts'
import { taskDependencies } from '../schema/tasks/task-dependencies.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'
import type { TaskChange } from './end-task.ts'
import { isLive, lockTask } from './lock-task.ts'

export interface SetOpenStatus {
  readonly taskId: string
  readonly status: 'pending' | 'blocked'
  readonly reason?: string
}

/** Blocks a task without a claim, or takes the block away. In a transaction. */
export async function setOpenStatus(tx: Db, request: SetOpenStatus): Promise<TaskChange> {
  const { taskId, status, reason } = request
  const locked = await lockTask(tx, taskId)
  if (locked === undefined) return { changed: false, reason: 'not-found' }
  if (isLive(locked.claim)) return { changed: false, reason: 'claim-lost', claim: locked.claim }
  const { task } = locked
  if (task.status !== 'pending' && task.status !== 'blocked')
    return { changed: false, reason: 'status', task }
  return { changed: true, task: await write(tx, taskId, status, reason), ready: [] }
}

export interface ReopenedTask {
  readonly task: TaskRow
  /** Slugs of dependents that were begun or completed in the belief that this task was done, at most 100. */
  readonly affected: readonly string[]
}

/** Makes a task pending again that is completed, failed or blocked. In a transaction. Its next completion wakes its dependents again. */
export async function reopenTask(
  tx: Db,
  taskId: string,
  reason: string,
): Promise<TaskChange | ({ readonly changed: true } & ReopenedTask)> {
  const locked = await lockTask(tx, taskId)
  if (locked === undefined) return { changed: false, reason: 'not-found' }
  const { task, claim } = locked
  if (isLive(claim)) return { changed: false, reason: 'claim-lost', claim }
  if (task.status === 'pending' || task.status === 'in-progress')
    return { changed: false, reason: 'status', task }
  const reopened = await write(tx, taskId, 'pending', reason)
  const rows = await tx
    .select({ slug: tasks.slug })
    .from(taskDependencies)
    .innerJoin(tasks, eq(tasks.id, taskDependencies.dependentTaskId))
    .where(
      and(
        eq(taskDependencies.dependsOnTaskId, taskId),
        inArray(tasks.status, ['in-progress', 'completed']),
      ),
    )
    .orderBy(asc(tasks.slug))
    .limit(100)
  return { changed: true, task: reopened, affected: rows.map(({ slug }) => slug), ready: [] }
}

async function write(
  tx: Db,
  taskId: string,
  status: 'pending' | 'blocked',
  reason: string | undefined,
): Promise<TaskRow> {
  const [row] = await tx
    .update(tasks)
    .set({ status, statusReason: reason ?? null, completedAt: null, result: null })
    .where(eq(tasks.id, taskId))
    .returning()
  return must(row)
}
