import { and, eq, inArray, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { TaskStatus } from '../schema/tasks/families.ts'
import { tasks } from '../schema/tasks/tasks.ts'
import type { TaskRow } from '../schema/tasks/tasks.ts'

export interface TaskStatusChange {
  readonly taskId: string
  readonly status: TaskStatus
  /** Only if the task is in one of these now. */
  readonly from?: readonly TaskStatus[]
}

/**
 * Sets the status of a task, and with it when work began (once, at the first `in-progress`) and when it ended (`completed`
 * or `failed`; empty again for the others). Undefined when there is no such task, or none in the status demanded.
 */
export function setTaskStatus(db: Db, change: TaskStatusChange): Promise<TaskRow | undefined> {
  return coded(async () => {
    const { status, from } = change
    const ended = status === 'completed' || status === 'failed'
    const [row] = await db
      .update(tasks)
      .set({
        status,
        completedAt: ended ? sql`now()` : null,
        ...(status === 'in-progress' && { startedAt: sql`coalesce(${tasks.startedAt}, now())` }),
      })
      .where(
        and(
          eq(tasks.id, change.taskId),
          from === undefined ? undefined : inArray(tasks.status, [...from]),
        ),
      )
      .returning()
    return row
  })
}
