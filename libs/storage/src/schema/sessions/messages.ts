import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { index, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'
import { MessageRole } from './families.ts'
import { sessions } from './sessions.ts'

export const messageRole = pgEnum('message_role', valuesOf(MessageRole))

/** The messages of a session. A trigger refuses a change of `session_id`. */
export const messages = pgTable(
  'messages',
  {
    ...commonColumns(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    role: messageRole().notNull(),
    /** What belongs to the role: model, usage, finish reason. */
    data: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    unique('unq_messages_id_session_id').on(t.id, t.sessionId),
    index('idx_messages_session_id_created_at_id').on(t.sessionId, t.createdAt, t.id),
  ],
)

export const MessageRow = createSelectSchema(messages)
export type MessageRow = Static<typeof MessageRow>
export const MessageInsert = createInsertSchema(messages)
export type MessageInsert = Static<typeof MessageInsert>
export const MessageUpdate = createUpdateSchema(messages)
export type MessageUpdate = Static<typeof MessageUpdate>
