import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAtColumn } from '../common.ts'
import { queuedCalls } from './queued-calls.ts'

/**
 * The end of a queued call, complete and not redacted, because the caller receives it. Written in the transaction that
 * settles the call.
 */
export const queuedCallResults = pgTable(
  'queued_call_results',
  {
    callId: text()
      .primaryKey()
      .references(() => queuedCalls.id, { onDelete: 'cascade' }),
    /** A ResponseEnvelope as JSON. */
    envelope: text(),
    /** A CallFailure as JSON. */
    error: text(),
    createdAt: createdAtColumn(),
  },
  (t) => [
    check('chk_queued_call_results_one', sql`(${t.envelope} is null) <> (${t.error} is null)`),
  ],
)

export const QueuedCallResultRow = createSelectSchema(queuedCallResults)
export type QueuedCallResultRow = Static<typeof QueuedCallResultRow>
export const QueuedCallResultInsert = createInsertSchema(queuedCallResults)
export type QueuedCallResultInsert = Static<typeof QueuedCallResultInsert>
