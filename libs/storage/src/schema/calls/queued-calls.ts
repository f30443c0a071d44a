import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { sessions } from '../sessions/sessions.ts'
import { retryClass } from '../spokes/operations.ts'
import { QueuedCallKind, QueuedCallStatus } from './families.ts'

export const queuedCallKind = pgEnum('queued_call_kind', valuesOf(QueuedCallKind))
export const queuedCallStatus = pgEnum('queued_call_status', valuesOf(QueuedCallStatus))

/**
 * Calls that survive every process: the row is the source of truth, the job a notification that carries its id. A
 * worker claims the row with one update (attempt + 1, fencing token + 1, lease), and only the holder of that token
 * settles it. `id` is the call id.
 */
export const queuedCalls = pgTable(
  'queued_calls',
  {
    ...commonColumns(),
    kind: queuedCallKind().notNull().default(QueuedCallKind.CALL),
    operationName: text().notNull(),
    input: jsonb().$type<unknown>(),
    status: queuedCallStatus().notNull().default(QueuedCallStatus.ACCEPTED),
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    /** The rights that it runs with; without one it can't be claimed. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    sessionId: text().references(() => sessions.id, { onDelete: 'cascade' }),
    parentRequestId: text(),
    retry: retryClass().notNull(),
    idempotencyKey: text(),
    attempts: integer().notNull().default(0),
    fencingToken: bigint({ mode: 'number' }).notNull().default(0),
    /** The process that holds the claim, until `lease_until`. */
    workerInstanceId: text(),
    leaseUntil: instant(),
    /** Not to be claimed before. */
    notBefore: instant().notNull().defaultNow(),
    /** Milliseconds for each attempt. */
    timeoutMs: integer().notNull(),
    /** Not to be started after. */
    expiresAt: instant(),
    priority: integer().notNull().default(0),
    traceparent: text(),
    /** When its job was last added to the queue; rows without a job are found by it. */
    jobAddedAt: instant(),
    abortRequestedAt: instant(),
    abortReason: text(),
    startedAt: instant(),
    endedAt: instant(),
  },
  (t) => [
    index('idx_queued_calls_waiting')
      .on(t.kind, t.notBefore)
      .where(sql`${t.status} = 'accepted'`),
    index('idx_queued_calls_leased')
      .on(t.leaseUntil)
      .where(sql`${t.status} = 'running'`),
    index('idx_queued_calls_account_id_created_at_id').on(t.accountId, t.createdAt, t.id),
    index('idx_queued_calls_grant_id')
      .on(t.grantId)
      .where(sql`${t.endedAt} is null`),
    index('idx_queued_calls_session_id')
      .on(t.sessionId)
      .where(sql`${t.sessionId} is not null`),
    index('idx_queued_calls_ended_at')
      .on(t.endedAt)
      .where(sql`${t.endedAt} is not null`),
    check('chk_queued_calls_attempts', sql`${t.attempts} >= 0 and ${t.fencingToken} >= 0`),
    check('chk_queued_calls_timeout', sql`${t.timeoutMs} > 0`),
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
