import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import { sessions } from './sessions.ts'

/** Answers to approvals that count for the rest of the session: calls of an operation whose resource matches the pattern need no further approval. */
export const sessionPermissions = pgTable(
  'session_permissions',
  {
    ...commonColumns(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    operationName: text().notNull(),
    pattern: text().notNull(),
    approvalId: text(),
    grantedBy: text(),
    revokedAt: instant(),
  },
  (t) => [
    index('idx_session_permissions_session_id')
      .on(t.sessionId)
      .where(sql`${t.revokedAt} is null`),
  ],
)

export const SessionPermissionRow = createSelectSchema(sessionPermissions)
export type SessionPermissionRow = Static<typeof SessionPermissionRow>
export const SessionPermissionInsert = createInsertSchema(sessionPermissions)
export type SessionPermissionInsert = Static<typeof SessionPermissionInsert>
