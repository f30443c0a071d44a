import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { sessions } from '../sessions/sessions.ts'
import { TaskCheckStatus } from './families.ts'
import { tasks } from './tasks.ts'

export const taskCheckStatus = pgEnum('task_check_status', valuesOf(TaskCheckStatus))

/** Runs of the checks of a task. The checks of one attempt to finish, or of one merge, share a `run_id`. */
export const taskChecks = pgTable(
  'task_checks',
  {
    ...commonColumns(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    sessionId: text().references(() => sessions.id, { onDelete: 'set null' }),
    runId: text().notNull(),
    idx: integer().notNull(),
    /** The token of the claim for which it ran. */
    claimToken: bigint({ mode: 'number' }),
    name: text().notNull(),
    command: text().notNull(),
    timeoutMs: integer().notNull(),
    status: taskCheckStatus().notNull().default(TaskCheckStatus.RUNNING),
    exitCode: integer(),
    /** The end of what it printed. */
    output: text(),
    /** Why it could not be run. */
    error: text(),
    callId: text(),
    /** The commit that it ran on. */
    head: text(),
    startedAt: instant().notNull().defaultNow(),
    endedAt: instant(),
  },
  (t) => [
    unique('unq_task_checks_run_id_idx').on(t.runId, t.idx),
    index('idx_task_checks_task_id_id').on(t.taskId, t.id),
    index('idx_task_checks_session_id').on(t.sessionId),
    check('chk_task_checks_ended', sql`(${t.status} = 'running') = (${t.endedAt} is null)`),
  ],
)

export const TaskCheckRow = createSelectSchema(taskChecks)
export type TaskCheckRow = Static<typeof TaskCheckRow>
export const TaskCheckInsert = createInsertSchema(taskChecks)
export type TaskCheckInsert = Static<typeof TaskCheckInsert>
export const TaskCheckUpdate = createUpdateSchema(taskChecks)
export type TaskCheckUpdate = Static<typeof TaskCheckUpdate>
