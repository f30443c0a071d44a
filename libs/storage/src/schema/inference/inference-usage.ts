import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  pgTable,
  text,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { apiKeys } from '../identity/api-keys.ts'
import { organizations } from '../identity/organizations.ts'
import { clients } from '../services/clients.ts'
import { sessions } from '../sessions/sessions.ts'

/** One row per request to a model, including streamed ones. */
export const inferenceUsage = pgTable(
  'inference_usage',
  {
    ...commonColumns(),
    requestId: text().notNull(),
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    keyId: text().references(() => apiKeys.id, { onDelete: 'set null' }),
    orgId: text().references(() => organizations.id, { onDelete: 'set null' }),
    sessionId: text().references(() => sessions.id, { onDelete: 'set null' }),
    /** The provider that answered last; `provider` is its name then. */
    clientId: text().references(() => clients.id, { onDelete: 'set null' }),
    provider: text().notNull(),
    model: text().notNull(),
    /** What the caller asked for: a model or an alias. */
    requestedModel: text().notNull(),
    /** Path below `/v1`. */
    endpoint: text().notNull(),
    /** HTTP status that the caller got. */
    status: integer().notNull(),
    code: text(),
    streamed: boolean().notNull().default(false),
    attempts: integer().notNull().default(1),
    inputTokens: bigint({ mode: 'number' }).notNull().default(0),
    outputTokens: bigint({ mode: 'number' }).notNull().default(0),
    cachedInputTokens: bigint({ mode: 'number' }).notNull().default(0),
    reasoningTokens: bigint({ mode: 'number' }).notNull().default(0),
    /** The provider did not tell; counted by the proxy. */
    estimated: boolean().notNull().default(false),
    /** Millionths of a US dollar; null when the model has no price. */
    costMicros: bigint({ mode: 'number' }),
    startedAt: instant().notNull(),
    firstTokenMs: doublePrecision(),
    totalMs: doublePrecision().notNull(),
  },
  (t) => [
    index('idx_inference_usage_account_id_started_at_id').on(t.accountId, t.startedAt, t.id),
    index('idx_inference_usage_key_id_started_at').on(t.keyId, t.startedAt),
    index('idx_inference_usage_org_id_started_at')
      .on(t.orgId, t.startedAt)
      .where(sql`${t.orgId} is not null`),
    index('idx_inference_usage_session_id')
      .on(t.sessionId)
      .where(sql`${t.sessionId} is not null`),
    index('idx_inference_usage_client_id').on(t.clientId),
    index('idx_inference_usage_started_at_id').on(t.startedAt, t.id),
    index('idx_inference_usage_request_id').on(t.requestId),
    check(
      'chk_inference_usage_tokens',
      sql`least(${t.inputTokens}, ${t.outputTokens}, ${t.cachedInputTokens}, ${t.reasoningTokens}) >= 0`,
    ),
  ],
)

export const InferenceUsageRow = createSelectSchema(inferenceUsage)
export type InferenceUsageRow = Static<typeof InferenceUsageRow>
export const InferenceUsageInsert = createInsertSchema(inferenceUsage)
export type InferenceUsageInsert = Static<typeof InferenceUsageInsert>
