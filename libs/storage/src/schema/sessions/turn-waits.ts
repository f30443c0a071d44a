import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import { waitKind } from './sessions.ts'
import { turns } from './turns.ts'

/** What a turn waits for. A wait that has happened, or whose deadline is over, does not hold the turn any longer. */
export const turnWaits = pgTable(
  'turn_waits',
  {
    ...commonColumns(),
    sessionId: text().notNull(),
    turnId: text()
      .notNull()
      .references(() => turns.id, { onDelete: 'cascade' }),
    toolCallId: text(),
    kind: waitKind().notNull(),
    /** The id of the approval, call, session or spoke; empty for a timer. */
    ref: text().notNull(),
    deadline: instant(),
    firedAt: instant(),
  },
  (t) => [
    index('idx_turn_waits_turn_id').on(t.turnId),
    index('idx_turn_waits_open')
      .on(t.kind, t.ref)
      .where(sql`${t.firedAt} is null`),
  ],
)

export const TurnWaitRow = createSelectSchema(turnWaits)
export type TurnWaitRow = Static<typeof TurnWaitRow>
export const TurnWaitInsert = createInsertSchema(turnWaits)
export type TurnWaitInsert = Static<typeof TurnWaitInsert>
