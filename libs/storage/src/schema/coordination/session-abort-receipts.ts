import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, instant } from '../common.ts'
import { sessions } from '../sessions/sessions.ts'
import { sessionAborts } from './session-aborts.ts'

/** What an abort ended in one session. */
export const sessionAbortReceipts = pgTable(
  'session_abort_receipts',
  {
    abortId: text()
      .notNull()
      .references(() => sessionAborts.id, { onDelete: 'cascade' }),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    /** Its status when the abort was requested. */
    wasStatus: text().notNull(),
    turnId: text(),
    /** The process that worked on it, and the token of its claim. */
    workerInstanceId: text(),
    workerToken: bigint({ mode: 'number' }),
    /** When the lease of that process ends. */
    workerLeaseUntil: instant(),
    /** Tool calls that ran or were planned. */
    cancelledCalls: integer().notNull().default(0),
    /** Tokens of the session at the request, and at the end. */
    tokensBefore: bigint({ mode: 'number' }).notNull().default(0),
    tokensAfter: bigint({ mode: 'number' }),
    /** The ref with what was not committed. */
    savedRef: text(),
    saveError: text(),
    createdAt: createdAtColumn(),
    /** When no process worked on it. */
    stoppedAt: instant(),
  },
  (t) => [
    primaryKey({ name: 'session_abort_receipts_pkey', columns: [t.abortId, t.sessionId] }),
    index('idx_session_abort_receipts_session_id').on(t.sessionId),
    index('idx_session_abort_receipts_open')
      .on(t.workerInstanceId)
      .where(sql`${t.stoppedAt} is null`),
  ],
)

export const SessionAbortReceiptRow = createSelectSchema(sessionAbortReceipts)
export type SessionAbortReceiptRow = Static<typeof SessionAbortReceiptRow>
export const SessionAbortReceiptInsert = createInsertSchema(sessionAbortReceipts)
export type SessionAbortReceiptInsert = Static<typeof SessionAbortReceiptInsert>
