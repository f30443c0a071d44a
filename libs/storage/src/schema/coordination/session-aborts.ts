import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { sessions } from '../sessions/sessions.ts'

/** Requests to end a session and everything below it. */
export const sessionAborts = pgTable(
  'session_aborts',
  {
    ...commonColumns(),
    /** The top of what is ended. */
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    requestedBy: text().references(() => accounts.id, { onDelete: 'set null' }),
    requestedBySessionId: text(),
    reason: text(),
    /** When no process worked on any of the sessions. */
    acknowledgedAt: instant(),
  },
  (t) => [
    index('idx_session_aborts_session_id').on(t.sessionId),
    index('idx_session_aborts_requested_by').on(t.requestedBy),
    index('idx_session_aborts_open')
      .on(t.createdAt)
      .where(sql`${t.acknowledgedAt} is null`),
  ],
)

export const SessionAbortRow = createSelectSchema(sessionAborts)
export type SessionAbortRow = Static<typeof SessionAbortRow>
export const SessionAbortInsert = createInsertSchema(sessionAborts)
export type SessionAbortInsert = Static<typeof SessionAbortInsert>
