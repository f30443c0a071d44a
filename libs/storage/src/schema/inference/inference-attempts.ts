import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { doublePrecision, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from '../common.ts'
import { usageSource } from './inference-usage.ts'
import { tokenColumns } from './token-columns.ts'

/** One row per request to a provider, with the tokens that it used. Written when the call is settled. */
export const inferenceAttempts = pgTable(
  'inference_attempts',
  {
    callId: text().notNull(),
    /** From 1. */
    attempt: integer().notNull(),
    provider: text().notNull(),
    model: text().notNull(),
    /** HTTP status of the provider; null when none came. */
    status: integer(),
    /** Code of the error, of an attempt that failed. */
    code: text(),
    ...tokenColumns(),
    usageSource: usageSource().notNull(),
    upstreamRequestId: text(),
    startedAt: instant().notNull(),
    firstTokenMs: doublePrecision(),
    totalMs: doublePrecision().notNull(),
  },
  (t) => [primaryKey({ columns: [t.callId, t.attempt] })],
)

export const InferenceAttemptRow = createSelectSchema(inferenceAttempts)
export type InferenceAttemptRow = Static<typeof InferenceAttemptRow>
