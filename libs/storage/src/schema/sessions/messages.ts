import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { MessageDelivery, MessageMode, MessageRole } from './families.ts'
import { sessions } from './sessions.ts'

export const messageRole = pgEnum('message_role', valuesOf(MessageRole))
export const messageMode = pgEnum('message_mode', valuesOf(MessageMode))
export const messageDelivery = pgEnum('message_delivery', valuesOf(MessageDelivery))

/**
 * The messages of a session: those of people and sessions, and one of the model for each step. `seq` numbers them in the order of their
 * acceptance, `position` in the order in which the model gets them. A trigger refuses a change of `session_id`.
 */
export const messages = pgTable(
  'messages',
  {
    ...commonColumns(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    seq: bigint({ mode: 'number' }).notNull(),
    /** Null while the model has not got it. */
    position: bigint({ mode: 'number' }),
    role: messageRole().notNull(),
    /** The mode and the delivery of a message that was sent to the session. */
    mode: messageMode(),
    delivery: messageDelivery(),
    /** Why it was refused. */
    refusal: text(),
    /** The turn during which a `steer` message is to be delivered. */
    expectedTurnId: text(),
    /** A `steer` message that comes too late starts the next turn. */
    fallbackQueue: boolean().notNull().default(false),
    inReplyTo: text(),
    turnId: text(),
    step: integer(),
    senderId: text().references(() => accounts.id, { onDelete: 'set null' }),
    senderSessionId: text(),
    /** The rights of a turn that this message starts: those of the session that the sender has too. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    /** A revert to an earlier message took it out of the conversation. */
    revertedAt: instant(),
    /** What belongs to the role: model, usage, finish reason. Of a reverted message `undo`, the checkpoint with the files before the revert. */
    data: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (t) => [
    unique('unq_messages_id_session_id').on(t.id, t.sessionId),
    unique('unq_messages_session_id_seq').on(t.sessionId, t.seq),
    index('idx_messages_session_id_position')
      .on(t.sessionId, t.position)
      .where(sql`${t.position} is not null`),
    index('idx_messages_session_id_accepted')
      .on(t.sessionId, t.seq)
      .where(sql`${t.delivery} = 'accepted'`),
    index('idx_messages_turn_id')
      .on(t.turnId)
      .where(sql`${t.turnId} is not null`),
    index('idx_messages_sender_id')
      .on(t.senderId)
      .where(sql`${t.senderId} is not null`),
    index('idx_messages_grant_id')
      .on(t.grantId)
      .where(sql`${t.grantId} is not null`),
    check('chk_messages_delivery', sql`(${t.mode} is null) = (${t.delivery} is null)`),
  ],
)

export const MessageRow = createSelectSchema(messages)
export type MessageRow = Static<typeof MessageRow>
export const MessageInsert = createInsertSchema(messages)
export type MessageInsert = Static<typeof MessageInsert>
export const MessageUpdate = createUpdateSchema(messages)
export type MessageUpdate = Static<typeof MessageUpdate>
