import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { boolean, check, index, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { createdAtColumn, idColumn, instant, valuesOf } from '../common.ts'
import { FiringStatus } from './families.ts'
import { schedules } from './schedules.ts'

export const firingStatus = pgEnum('firing_status', valuesOf(FiringStatus))

/**
 * The times at which a schedule fired: one row per time, inserted in the transaction that queues its call. It outlives the
 * queued call.
 */
export const scheduleFirings = pgTable(
  'schedule_firings',
  {
    id: idColumn(),
    createdAt: createdAtColumn(),
    scheduleId: text()
      .notNull()
      .references(() => schedules.id, { onDelete: 'cascade' }),
    dueAt: instant().notNull(),
    status: firingStatus().notNull(),
    /** Why it was skipped (`overlap`, `full`) or the code with which it failed. */
    reason: text(),
    /** The queued call. */
    callId: text(),
    /** Requested with `schedules.runNow`. */
    manual: boolean().notNull().default(false),
    /** The first of the times before it that passed without a firing of their own. */
    missedFrom: instant(),
  },
  (t) => [
    unique('unq_schedule_firings_schedule_id_due_at').on(t.scheduleId, t.dueAt),
    index('idx_schedule_firings_schedule_id_id').on(t.scheduleId, t.id),
    index('idx_schedule_firings_waiting')
      .on(t.scheduleId, t.dueAt)
      .where(sql`${t.status} = 'waiting'`),
    index('idx_schedule_firings_call_id')
      .on(t.callId)
      .where(sql`${t.callId} is not null`),
    index('idx_schedule_firings_created_at').on(t.createdAt),
    check(
      'chk_schedule_firings_call',
      sql`(${t.status} = 'queued') = (${t.callId} is not null) and (${t.status} in ('skipped', 'failed')) = (${t.reason} is not null)`,
    ),
  ],
)

export const ScheduleFiringRow = createSelectSchema(scheduleFirings)
export type ScheduleFiringRow = Static<typeof ScheduleFiringRow>
export const ScheduleFiringInsert = createInsertSchema(scheduleFirings)
export type ScheduleFiringInsert = Static<typeof ScheduleFiringInsert>
