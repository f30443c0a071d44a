import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgEnum,
  pgTable,
  text,
} from 'drizzle-orm/pg-core'
import { instant, valuesOf } from '../common.ts'
import { EndedBy, SettledBy, UsageSource } from './families.ts'
import { tokenColumns } from './token-columns.ts'

export const endedBy = pgEnum('inference_ended_by', valuesOf(EndedBy))
export const usageSource = pgEnum('inference_usage_source', valuesOf(UsageSource))
export const settledBy = pgEnum('inference_settled_by', valuesOf(SettledBy))

/**
 * One row per call of a model, `id` is the call id. The row is inserted when the call opens, and settled when it ends.
 * While `ended_at` is null the call is open, and the proxy renews `lease_until`; a call whose lease is over is settled as
 * an estimate. The tokens and the cost are the sums of those of its attempts. Ids of other tables are kept without a
 * reference.
 */
export const inferenceUsage = pgTable(
  'inference_usage',
  {
    id: text().primaryKey(),
    parentId: text(),
    accountId: text().notNull(),
    keyId: text(),
    orgId: text(),
    sessionId: text(),
    turnId: text(),
    stepId: text(),
    runId: text(),
    tags: text()
      .array()
      .notNull()
      .default(sql`'{}'::text[]`),
    /** Path below `/v1`. */
    endpoint: text().notNull(),
    /** What the caller asked for: a model or an alias. */
    requestedModel: text().notNull(),
    /** The provider and the model of the last attempt. */
    provider: text(),
    model: text(),
    streamed: boolean().notNull(),
    /** HTTP status that the caller got; null when none was sent. */
    status: integer(),
    /** Code of the error, of a call that failed. */
    code: text(),
    attempts: integer().notNull().default(0),
    ...tokenColumns(),
    /** The counts of the provider contradict each other. */
    inconsistent: boolean().notNull().default(false),
    usageSource: usageSource(),
    endedBy: endedBy(),
    /** The answer did not come to its end. */
    truncated: boolean().notNull().default(false),
    settledBy: settledBy(),
    upstreamRequestId: text(),
    startedAt: instant().notNull(),
    endedAt: instant(),
    leaseUntil: instant(),
    firstTokenMs: doublePrecision(),
    totalMs: doublePrecision(),
  },
  (t) => [
    index('idx_inference_usage_account_id_started_at').on(t.accountId, t.startedAt),
    index('idx_inference_usage_started_at').on(t.startedAt),
    index('idx_inference_usage_session_id')
      .on(t.sessionId)
      .where(sql`${t.sessionId} is not null`),
    index('idx_inference_usage_open')
      .on(t.leaseUntil)
      .where(sql`${t.endedAt} is null`),
    check(
      'chk_inference_usage_tokens',
      sql`least(${t.inputTokens}, ${t.cacheReadTokens}, ${t.cacheWrite5mTokens}, ${t.cacheWrite1hTokens}, ${t.outputTokens}, ${t.reasoningTokens}, ${t.audioInputTokens}, ${t.audioOutputTokens}, ${t.costMicros}) >= 0`,
    ),
    check(
      'chk_inference_usage_ended',
      sql`(${t.endedAt} is null) = (${t.endedBy} is null) and (${t.endedAt} is null) = (${t.usageSource} is null) and (${t.endedAt} is null) = (${t.settledBy} is null) and (${t.endedAt} is null) = (${t.leaseUntil} is not null)`,
    ),
  ],
)

export const InferenceUsageRow = createSelectSchema(inferenceUsage)
export type InferenceUsageRow = Static<typeof InferenceUsageRow>
