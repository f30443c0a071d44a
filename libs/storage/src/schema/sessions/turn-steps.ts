import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { bigint, index, integer, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { StepStatus } from './families.ts'
import { endReason } from './sessions.ts'
import { turns } from './turns.ts'

export const stepStatus = pgEnum('step_status', valuesOf(StepStatus))

/** The attempts of the steps of a turn, each one call of a model. The id names the stream of its deltas. */
export const turnSteps = pgTable(
  'turn_steps',
  {
    ...commonColumns(),
    turnId: text()
      .notNull()
      .references(() => turns.id, { onDelete: 'cascade' }),
    sessionId: text().notNull(),
    step: integer().notNull(),
    attempt: integer().notNull(),
    model: text().notNull(),
    /** The id of the call of the model. */
    callId: text().notNull(),
    status: stepStatus().notNull().default(StepStatus.RUNNING),
    reason: endReason(),
    error: text(),
    /** The message that it gave. */
    messageId: text(),
    inputTokens: bigint({ mode: 'number' }),
    outputTokens: bigint({ mode: 'number' }),
    cachedTokens: bigint({ mode: 'number' }),
    /** A git ref of the state of the worktree after the tool calls of the step. */
    checkpointRef: text(),
    checkpointTree: text(),
    endedAt: instant(),
  },
  (t) => [
    unique('unq_turn_steps_turn_id_step_attempt').on(t.turnId, t.step, t.attempt),
    index('idx_turn_steps_session_id_id').on(t.sessionId, t.id),
  ],
)

export const TurnStepRow = createSelectSchema(turnSteps)
export type TurnStepRow = Static<typeof TurnStepRow>
export const TurnStepInsert = createInsertSchema(turnSteps)
export type TurnStepInsert = Static<typeof TurnStepInsert>
