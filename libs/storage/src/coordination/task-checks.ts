import { and, eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { taskChecks } from '../schema/tasks/task-checks.ts'
import type { TaskCheckInsert, TaskCheckRow } from '../schema/tasks/task-checks.ts'

/** The run of a check that begins. */
export type NewCheckRun = Pick<
  TaskCheckInsert,
  | 'taskId'
  | 'sessionId'
  | 'runId'
  | 'idx'
  | 'claimToken'
  | 'name'
  | 'command'
  | 'timeoutMs'
  | 'head'
>

/** Stores a run before it begins; gives its id. Runs of the session on the task that a process left before are lost. */
export function startCheck(db: Db, run: NewCheckRun): Promise<string> {
  return coded(async () => {
    await db
      .update(taskChecks)
      .set({ status: 'lost', endedAt: sql`now()`, error: 'The process that ran it is gone.' })
      .where(
        and(
          eq(taskChecks.taskId, run.taskId),
          eq(taskChecks.status, 'running'),
          sql`${taskChecks.sessionId} is not distinct from ${run.sessionId ?? null}`,
        ),
      )
    const [row] = await db.insert(taskChecks).values(run).returning({ id: taskChecks.id })
    return row?.id ?? ''
  })
}

/** How a run of a check ended. */
export type CheckEnd = Pick<TaskCheckRow, 'status'> &
  Partial<Pick<TaskCheckRow, 'exitCode' | 'output' | 'error'>>

export function endCheck(db: Db, id: string, end: CheckEnd): Promise<void> {
  return coded(async () => {
    await db
      .update(taskChecks)
      .set({ ...end, endedAt: sql`now()` })
      .where(and(eq(taskChecks.id, id), eq(taskChecks.status, 'running')))
  })
}
