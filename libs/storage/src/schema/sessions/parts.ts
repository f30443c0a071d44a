import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { foreignKey, index, integer, jsonb, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'
import { PartType } from './families.ts'
import { messages } from './messages.ts'

export const partType = pgEnum('part_type', valuesOf(PartType))

/**
 * The flat parts of a message, in the order of `step` and `idx`. `session_id` is that of the message (composite foreign key) and
 * never changes (trigger), so that a session's parts are read without a join.
 */
export const parts = pgTable(
  'parts',
  {
    ...commonColumns(),
    messageId: text().notNull(),
    sessionId: text().notNull(),
    step: integer().notNull().default(0),
    idx: integer().notNull().default(0),
    type: partType().notNull(),
    data: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    foreignKey({
      name: 'parts_message_id_session_id_messages_fk',
      columns: [t.messageId, t.sessionId],
      foreignColumns: [messages.id, messages.sessionId],
    }).onDelete('cascade'),
    index('idx_parts_message_id_step_idx').on(t.messageId, t.step, t.idx),
    index('idx_parts_session_id_id').on(t.sessionId, t.id),
    index('idx_parts_session_id_type').on(t.sessionId, t.type),
  ],
)

export const PartRow = createSelectSchema(parts)
export type PartRow = Static<typeof PartRow>
export const PartInsert = createInsertSchema(parts)
export type PartInsert = Static<typeof PartInsert>
export const PartUpdate = createUpdateSchema(parts)
export type PartUpdate = Static<typeof PartUpdate>
