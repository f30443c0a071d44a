import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { grants } from '../identity/grants.ts'
import { TurnStatus } from './families.ts'
import { endReason, sessions } from './sessions.ts'

export const turnStatus = pgEnum('turn_status', valuesOf(TurnStatus))

/** The turns of a session: runs of the loop of model steps, each started by a message. The id is that of a call, below which the calls of the turn are. `metadata` name the run of a workflow that the message belongs to. */
export const turns = pgTable(
  'turns',
  {
    ...commonColumns(),
    sessionId: text()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    /** The message that started it. */
    messageId: text().notNull(),
    status: turnStatus().notNull().default(TurnStatus.QUEUED),
    reason: endReason(),
    /** How it failed: a CallFailure as JSON. */
    error: text(),
    /** The rights of its calls. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    steps: integer().notNull().default(0),
    inputTokens: bigint({ mode: 'number' }).notNull().default(0),
    outputTokens: bigint({ mode: 'number' }).notNull().default(0),
    traceparent: text(),
    startedAt: instant(),
    endedAt: instant(),
  },
  (t) => [
    index('idx_turns_session_id_id').on(t.sessionId, t.id),
    index('idx_turns_grant_id')
      .on(t.grantId)
      .where(sql`${t.grantId} is not null`),
    check(
      'chk_turns_ended',
      sql`(${t.status} = 'ended') = (${t.endedAt} is not null) and (${t.status} = 'ended') = (${t.reason} is not null)`,
    ),
  ],
)

export const TurnRow = createSelectSchema(turns)
export type TurnRow = Static<typeof TurnRow>
export const TurnInsert = createInsertSchema(turns)
export type TurnInsert = Static<typeof TurnInsert>
