import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, instant } from '../common.ts'
import { tasks } from './tasks.ts'

/**
 * A task was completed for which another one waits: written by the completing transaction, once per dependent and completion. `delivered_at`:
 * when the dependent was looked at for it.
 */
export const taskWakeups = pgTable(
  'task_wakeups',
  {
    /** The dependent. */
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    /** What was completed. */
    completedTaskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    /** `completions` of that task. */
    completion: integer().notNull(),
    createdAt: createdAtColumn(),
    deliveredAt: instant(),
  },
  (t) => [
    primaryKey({
      name: 'task_wakeups_pkey',
      columns: [t.taskId, t.completedTaskId, t.completion],
    }),
    index('idx_task_wakeups_completed_task_id').on(t.completedTaskId),
    index('idx_task_wakeups_open')
      .on(t.createdAt)
      .where(sql`${t.deliveredAt} is null`),
  ],
)

export const TaskWakeupRow = createSelectSchema(taskWakeups)
export type TaskWakeupRow = Static<typeof TaskWakeupRow>
export const TaskWakeupInsert = createInsertSchema(taskWakeups)
export type TaskWakeupInsert = Static<typeof TaskWakeupInsert>
