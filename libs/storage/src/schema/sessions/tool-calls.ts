import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, integer, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { retryClass } from '../spokes/operations.ts'
import { ToolCallStatus } from './families.ts'
import { turns } from './turns.ts'

export const toolCallStatus = pgEnum('tool_call_status', valuesOf(ToolCallStatus))

/**
 * The tool calls of the steps. A row is stored before its call is made; its id is the idempotency key of every attempt. Each attempt has a call
 * id of its own, stored before the call is published.
 */
export const toolCalls = pgTable(
  'tool_calls',
  {
    ...commonColumns(),
    sessionId: text().notNull(),
    turnId: text()
      .notNull()
      .references(() => turns.id, { onDelete: 'cascade' }),
    messageId: text().notNull(),
    step: integer().notNull(),
    idx: integer().notNull(),
    /** The id that the model gave the call. */
    modelCallId: text().notNull(),
    /** The name of the tool as the model wrote it. */
    toolName: text().notNull(),
    /** Null for a tool that there is not. */
    operationName: text(),
    schemaHash: text(),
    retry: retryClass().notNull(),
    /** JSON as text, as the output. */
    input: text().notNull(),
    status: toolCallStatus().notNull().default(ToolCallStatus.PLANNED),
    attempts: integer().notNull().default(0),
    /** The call id of the latest attempt. */
    callId: text(),
    approvalId: text(),
    output: text(),
    outputBytes: integer(),
    /** A CallFailure as JSON. */
    error: text(),
    dispatchedAt: instant(),
    deadline: instant(),
    endedAt: instant(),
  },
  (t) => [
    unique('unq_tool_calls_message_id_idx').on(t.messageId, t.idx),
    index('idx_tool_calls_session_id_id').on(t.sessionId, t.id),
    index('idx_tool_calls_turn_id_step').on(t.turnId, t.step),
    index('idx_tool_calls_dispatched')
      .on(t.deadline)
      .where(sql`${t.status} = 'dispatched'`),
    index('idx_tool_calls_ended_at')
      .on(t.endedAt)
      .where(sql`${t.endedAt} is not null`),
    check(
      'chk_tool_calls_ended',
      sql`(${t.status} in ('planned', 'waiting', 'dispatched')) = (${t.endedAt} is null)`,
    ),
  ],
)

export const ToolCallRow = createSelectSchema(toolCalls)
export type ToolCallRow = Static<typeof ToolCallRow>
export const ToolCallInsert = createInsertSchema(toolCalls)
export type ToolCallInsert = Static<typeof ToolCallInsert>
