import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** A task that a completion made ready. */
export interface TaskWakeup {
  readonly taskId: string
  readonly slug: string
  readonly completedTaskId: string
  readonly completedSlug: string
  readonly projectId: string
}

/** Takes wake-ups that are open, oldest first. Each is given to one caller, of whatever process. */
export function takeWakeups(db: Db, limit = 100): Promise<TaskWakeup[]> {
  return coded(async () => {
    const rows = await db.execute<{ [K in keyof TaskWakeup]: string }>(sql`
      with due as (
        select task_id, completed_task_id, completion from task_wakeups where delivered_at is null
        order by created_at limit ${limit} for update skip locked
      ), taken as (
        update task_wakeups w set delivered_at = now() from due
        where w.task_id = due.task_id and w.completed_task_id = due.completed_task_id and w.completion = due.completion
        returning w.task_id, w.completed_task_id
      )
      select t.id as "taskId", t.slug as "slug", c.id as "completedTaskId", c.slug as "completedSlug",
        t.project_id as "projectId"
      from taken join tasks t on t.id = taken.task_id join tasks c on c.id = taken.completed_task_id
      order by t.slug, c.slug`)
    return [...rows]
  })
}
