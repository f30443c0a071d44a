import type { Actor, CallFailure } from '@alkdev/contracts'
import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Identity } from '@alkdev/operations'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  check,
  doublePrecision,
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
import { sessions } from '../sessions/sessions.ts'
import { operations } from '../spokes/operations.ts'
import { spokes } from '../spokes/spokes.ts'
import { CallStatus } from './families.ts'

export const callStatus = pgEnum('call_status', valuesOf(CallStatus))

/** Which process or spoke spoke. */
/** One row per call that has ended. `request_id` is the hub's id of the call; the first row for one wins. */
export const callGraphNodes = pgTable(
  'call_graph_nodes',
  {
    ...commonColumns(),
    requestId: text().notNull(),
    /** The pinned operation that answered, `__removed__` when there is none (unknown, or deleted since). */
    operationId: text()
      .notNull()
      .references(() => operations.id, { onDelete: 'restrict' }),
    /** What the caller called it, for instance the pool's `fs.read`. */
    operationName: text().notNull(),
    /** Null for a call that no other call made. Same as the `triggered` edge; kept for reading without a join. */
    parentRequestId: text(),
    /** Whose rights: id, scopes, resources. */
    identity: jsonb().$type<Identity>().notNull(),
    callerAccountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    sessionId: text().references(() => sessions.id, { onDelete: 'set null' }),
    actor: jsonb().$type<Actor>().notNull(),
    status: callStatus().notNull(),
    code: text(),
    /** Redacted, and cut above 10 KiB, as `output` and `error`. */
    input: jsonb().$type<unknown>(),
    output: jsonb().$type<unknown>(),
    error: jsonb().$type<CallFailure>(),
    attempts: integer().notNull().default(1),
    spokeId: text().references(() => spokes.id, { onDelete: 'set null' }),
    /** The process that provided it. */
    instanceId: text(),
    /** Why this provider. */
    route: text(),
    /** Items of a subscription. */
    items: integer(),
    startedAt: instant().notNull(),
    completedAt: instant(),
    /** Milliseconds, measured by the caller's process except `execute_ms`. */
    routeMs: doublePrecision(),
    queueMs: doublePrecision(),
    executeMs: doublePrecision(),
    totalMs: doublePrecision(),
  },
  (t) => [
    unique('unq_call_graph_nodes_request_id').on(t.requestId),
    index('idx_call_graph_nodes_parent_request_id')
      .on(t.parentRequestId)
      .where(sql`${t.parentRequestId} is not null`),
    index('idx_call_graph_nodes_operation_id').on(t.operationId),
    index('idx_call_graph_nodes_started_at_id').on(t.startedAt, t.id),
    index('idx_call_graph_nodes_caller_started_at_id').on(t.callerAccountId, t.startedAt, t.id),
    index('idx_call_graph_nodes_session_id')
      .on(t.sessionId, t.startedAt)
      .where(sql`${t.sessionId} is not null`),
    index('idx_call_graph_nodes_spoke_id')
      .on(t.spokeId, t.startedAt)
      .where(sql`${t.spokeId} is not null`),
    check('chk_call_graph_nodes_attempts', sql`${t.attempts} >= 0`),
  ],
)

export const CallGraphNodeRow = createSelectSchema(callGraphNodes)
export type CallGraphNodeRow = Static<typeof CallGraphNodeRow>
export const CallGraphNodeInsert = createInsertSchema(callGraphNodes)
export type CallGraphNodeInsert = Static<typeof CallGraphNodeInsert>
