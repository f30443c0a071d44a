import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  pgEnum,
  pgTable,
  real,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import { instant, valuesOf } from '../common.ts'
import { CallStatus } from './families.ts'

export const callStatus = pgEnum('call_status', valuesOf(CallStatus))

/**
 * One row per call that has ended; the first row for a call id wins. Partitioned by range of the id: one partition a day, and a default
 * partition (schema `call_log_days`). No foreign keys: a row keeps the ids that were true when the call ended.
 */
export const callLog = pgTable(
  'call_log',
  {
    /** The hub's id of the call: a UUIDv7 made at its dispatch. */
    id: uuid().primaryKey(),
    startedAt: instant().notNull(),
    endedAt: instant().notNull(),
    status: callStatus().notNull(),
    attempts: integer().notNull(),
    /** Items of a subscription. */
    items: integer(),
    /** Milliseconds, measured by the caller's process except `execute_ms`. */
    routeMs: real(),
    queueMs: real(),
    executeMs: real(),
    totalMs: real().notNull(),
    /** Null for a call that no other call made. It is also the `triggered` edge of the call graph. */
    parentId: uuid(),
    /** Into `call_callers`: identity and actor. */
    callerId: uuid().notNull(),
    /** The caller's account; null when the caller is not an account. */
    accountId: uuid(),
    keyId: uuid(),
    /** The caller's organization; null when the key has none or several. */
    orgId: uuid(),
    sessionId: uuid(),
    turnId: uuid(),
    /** The queued call or turn of which this call is one attempt. */
    attemptOf: uuid(),
    spokeId: uuid(),
    /** The process that provided it. */
    instanceId: uuid(),
    /** The definition that answered; `__removed__` when it was unknown. A reader treats a definition that no longer exists alike. */
    operationId: text().notNull(),
    /** The name that the caller used, for instance the pool's `fs.read`. */
    operationName: text().notNull(),
    code: text(),
    /** Why this provider. */
    route: text(),
    idempotencyKey: text(),
    /** JSON, redacted, and cut above 10 KiB, as `output` and `error`. */
    input: text(),
    output: text(),
    error: text(),
    /** JSON: receipt of an abort, trace context, the caller's metadata. */
    metadata: text(),
    /** True when the call ended an hour or more after its id was made; else null. Retention reads it. */
    late: boolean(),
  },
  (t) => [
    index('idx_call_log_account_id_id').on(t.accountId, t.id),
    index('idx_call_log_operation_name_id').on(t.operationName, t.id),
    index('idx_call_log_code_id')
      .on(t.code, t.id)
      .where(sql`${t.status} <> 'completed'`),
    index('idx_call_log_session_id_id')
      .on(t.sessionId, t.id)
      .where(sql`${t.sessionId} is not null`),
    index('idx_call_log_spoke_id_id')
      .on(t.spokeId, t.id)
      .where(sql`${t.spokeId} is not null`),
    index('idx_call_log_parent_id')
      .on(t.parentId)
      .where(sql`${t.parentId} is not null`),
    index('idx_call_log_late')
      .on(t.endedAt)
      .where(sql`${t.late}`),
    check('chk_call_log_attempts', sql`${t.attempts} >= 0`),
  ],
)

export const CallLogRow = createSelectSchema(callLog)
export type CallLogRow = Static<typeof CallLogRow>
export const CallLogInsert = createInsertSchema(callLog)
export type CallLogInsert = Static<typeof CallLogInsert>
