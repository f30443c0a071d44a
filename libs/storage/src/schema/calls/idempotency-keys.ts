import type { CallFailure } from '@alkdev/contracts'
import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { ResponseEnvelope } from '@alkdev/operations'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { IdempotencyStatus } from './families.ts'

export const idempotencyStatus = pgEnum('idempotency_status', valuesOf(IdempotencyStatus))

/**
 * One key of one account for one operation, for 24 hours, written before the call is dispatched. `metadata.rights`
 * (`ReplayRights`) records what the first caller of a service operation could do.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    ...commonColumns(),
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    operationName: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of the canonical JSON of the input. */
    inputHash: text().notNull(),
    /** The call that the key stands for. */
    callId: text().notNull(),
    status: idempotencyStatus().notNull().default(IdempotencyStatus.PENDING),
    envelope: jsonb().$type<ResponseEnvelope>(),
    error: jsonb().$type<CallFailure>(),
    expiresAt: instant().notNull(),
  },
  (t) => [
    unique('unq_idempotency_keys_account_id_operation_name_key').on(
      t.accountId,
      t.operationName,
      t.key,
    ),
    index('idx_idempotency_keys_expires_at').on(t.expiresAt),
    index('idx_idempotency_keys_call_id').on(t.callId),
    check('chk_idempotency_keys_key', sql`length(${t.key}) between 1 and 128`),
  ],
)

export const IdempotencyKeyRow = createSelectSchema(idempotencyKeys)
export type IdempotencyKeyRow = Static<typeof IdempotencyKeyRow>
export const IdempotencyKeyInsert = createInsertSchema(idempotencyKeys)
export type IdempotencyKeyInsert = Static<typeof IdempotencyKeyInsert>
export const IdempotencyKeyUpdate = createUpdateSchema(idempotencyKeys)
export type IdempotencyKeyUpdate = Static<typeof IdempotencyKeyUpdate>
