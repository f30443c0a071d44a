import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { bigint, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn } from '../common.ts'
import { sessions } from './sessions.ts'

/** The events of a session, numbered in the transactions of what they report. The text of a step that runs is not here. */
export const sessionEvents = pgTable(
  'session_events',
  {
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    seq: bigint({ mode: 'number' }).notNull(),
    type: text().notNull(),
    /** JSON as text. */
    data: text().notNull(),
    createdAt: createdAtColumn(),
  },
  (t) => [
    primaryKey({ name: 'session_events_pkey', columns: [t.sessionId, t.seq] }),
    index('idx_session_events_created_at').on(t.createdAt),
  ],
)

export const SessionEventRow = createSelectSchema(sessionEvents)
export type SessionEventRow = Static<typeof SessionEventRow>
export const SessionEventInsert = createInsertSchema(sessionEvents)
export type SessionEventInsert = Static<typeof SessionEventInsert>
