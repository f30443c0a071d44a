import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { retryClass } from '../spokes/operations.ts'
import { CatchUpPolicy, OverlapPolicy, ScheduleStatus } from './families.ts'

export const scheduleStatus = pgEnum('schedule_status', valuesOf(ScheduleStatus))
export const overlapPolicy = pgEnum('overlap_policy', valuesOf(OverlapPolicy))
export const catchUpPolicy = pgEnum('catch_up_policy', valuesOf(CatchUpPolicy))

/**
 * Calls that are queued at a time or again and again. `next_due_at` is compared with the clock of the database. `metadata`
 * is that of the calls: it holds the keys of the spokes that acted when the schedule was made.
 */
export const schedules = pgTable(
  'schedules',
  {
    ...commonColumns(),
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** The rights that its calls run with. Without a grant the next firing pauses it. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    name: text().notNull(),
    operationName: text().notNull(),
    /** JSON as text: it is passed on as it is. */
    input: text().notNull().default('{}'),
    /** Of the operation when the schedule was made, for the time when it is not offered. */
    retry: retryClass().notNull(),
    /** Members of `calls.enqueue` for the calls: priority, timeoutMs, maxAttempts, backoffMs, expiresAfterMs, webhook. */
    options: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    /** Five fields; in the time zone. */
    cron: text(),
    timeZone: text().notNull().default('UTC'),
    /** The one time, without `cron`. */
    at: instant(),
    overlap: overlapPolicy().notNull().default(OverlapPolicy.SKIP),
    catchUp: catchUpPolicy().notNull().default(CatchUpPolicy.LAST),
    status: scheduleStatus().notNull().default(ScheduleStatus.ACTIVE),
    /** Why it is paused: `request`, or the code of the error that paused it. */
    pausedReason: text(),
    nextDueAt: instant(),
    /** Calls above those that it queues. */
    depth: integer().notNull().default(0),
  },
  (t) => [
    unique('unq_schedules_account_id_name').on(t.accountId, t.name),
    index('idx_schedules_next_due_at')
      .on(t.nextDueAt)
      .where(sql`${t.status} = 'active'`),
    index('idx_schedules_account_id_id').on(t.accountId, t.id),
    index('idx_schedules_grant_id').on(t.grantId),
    check('chk_schedules_when', sql`(${t.cron} is null) <> (${t.at} is null)`),
    check('chk_schedules_due', sql`(${t.status} = 'active') = (${t.nextDueAt} is not null)`),
    check('chk_schedules_paused', sql`(${t.status} = 'paused') = (${t.pausedReason} is not null)`),
    check('chk_schedules_depth', sql`${t.depth} >= 0`),
  ],
)

export const ScheduleRow = createSelectSchema(schedules)
export type ScheduleRow = Static<typeof ScheduleRow>
export const ScheduleInsert = createInsertSchema(schedules)
export type ScheduleInsert = Static<typeof ScheduleInsert>
