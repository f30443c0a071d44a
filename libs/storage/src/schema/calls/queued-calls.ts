import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { retryClass } from '../spokes/operations.ts'
import { QueuedCallStatus } from './families.ts'

export const queuedCallStatus = pgEnum('queued_call_status', valuesOf(QueuedCallStatus))

/**
 * Calls that survive every process: the row is the source of truth, the job a notification. A worker claims the row with
 * one update (attempt + 1, fencing token + 1, lease), and only the holder of that token changes it until it has ended.
 * `id` is the public id of the call; every attempt is a call of its own below it. A row that failed and has no
 * `repeated_as` is a dead letter, except for the call of a step, whose `metadata` name the run: the run is where to act.
 */
export const queuedCalls = pgTable(
  'queued_calls',
  {
    ...commonColumns(),
    operationName: text().notNull(),
    /** JSON as text: it is passed on as it is. */
    input: text().notNull().default('{}'),
    status: queuedCallStatus().notNull().default(QueuedCallStatus.ACCEPTED),
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    /** The rights that it runs with, until its end. Without a grant it is claimed and fails. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    parentRequestId: text(),
    retry: retryClass().notNull(),
    idempotencyKey: text(),
    /** Attempts that may have run. */
    attempts: integer().notNull().default(0),
    maxAttempts: integer().notNull().default(1),
    /** Milliseconds before the second attempt; doubled for each further one. */
    backoffMs: integer().notNull().default(1000),
    /** Claims so far. Every write of a worker names the token of its claim. */
    fencingToken: bigint({ mode: 'number' }).notNull().default(0),
    /** The process that holds the claim, until `lease_until`. */
    workerInstanceId: text(),
    leaseUntil: instant(),
    /** The call id of the latest attempt. */
    attemptCallId: text(),
    /** Not to be claimed before. */
    notBefore: instant().notNull().defaultNow(),
    /** Milliseconds for each attempt. */
    timeoutMs: integer().notNull(),
    /** Not to be started after. */
    expiresAt: instant(),
    /** 0 to 9. Of the calls of one account a higher one is claimed first. */
    priority: integer().notNull().default(0),
    /** Calls above it, those above the call that queued it included. */
    depth: integer().notNull().default(0),
    traceparent: text(),
    /** How the latest attempt failed, while another one is planned: a CallFailure as JSON. */
    lastError: text(),
    abortRequestedAt: instant(),
    abortReason: text(),
    startedAt: instant(),
    endedAt: instant(),
    /** The webhook to which its end is reported, if that still exists then. */
    webhookId: text(),
    /** The queued call that repeats this one, which failed. */
    repeatedAs: text(),
  },
  (t) => [
    index('idx_queued_calls_due')
      .on(t.accountId, t.operationName, t.priority, t.notBefore, t.id)
      .where(sql`${t.status} = 'accepted'`),
    index('idx_queued_calls_waiting')
      .on(t.notBefore)
      .where(sql`${t.status} = 'accepted'`),
    index('idx_queued_calls_expiring')
      .on(t.expiresAt)
      .where(sql`${t.status} = 'accepted'`),
    index('idx_queued_calls_leased')
      .on(t.leaseUntil)
      .where(sql`${t.status} = 'running'`),
    index('idx_queued_calls_account_id_id').on(t.accountId, t.id),
    index('idx_queued_calls_dead')
      .on(t.accountId, t.id)
      .where(sql`${t.status} = 'failed' and ${t.repeatedAs} is null`),
    index('idx_queued_calls_grant_id')
      .on(t.grantId)
      .where(sql`${t.grantId} is not null`),
    index('idx_queued_calls_ended_at')
      .on(t.endedAt)
      .where(sql`${t.endedAt} is not null`),
    check(
      'chk_queued_calls_attempts',
      sql`${t.attempts} >= 0 and ${t.maxAttempts} >= 1 and ${t.backoffMs} >= 0 and ${t.fencingToken} >= 0`,
    ),
    check('chk_queued_calls_timeout', sql`${t.timeoutMs} > 0`),
    check('chk_queued_calls_priority', sql`${t.priority} between 0 and 9`),
    check(
      'chk_queued_calls_lease',
      sql`(${t.status} = 'running') = (${t.leaseUntil} is not null and ${t.workerInstanceId} is not null)`,
    ),
    check(
      'chk_queued_calls_ended',
      sql`(${t.status} in ('completed', 'failed', 'aborted')) = (${t.endedAt} is not null)`,
    ),
  ],
)

export const QueuedCallRow = createSelectSchema(queuedCalls)
export type QueuedCallRow = Static<typeof QueuedCallRow>
export const QueuedCallInsert = createInsertSchema(queuedCalls)
export type QueuedCallInsert = Static<typeof QueuedCallInsert>
export const QueuedCallUpdate = createUpdateSchema(queuedCalls)
export type QueuedCallUpdate = Static<typeof QueuedCallUpdate>
