import type { StoredRequestLimits } from '@alkdev/contracts'
import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  jsonb,
  pgTable,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import type { ResourceGrants } from '../common.ts'
import { accounts } from './accounts.ts'

/** API keys by their hash. Each fact is a separate column, so that one update can't undo another. */
export const apiKeys = pgTable(
  'api_keys',
  {
    ...commonColumns(),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** Lower-case hex. The key itself is stored nowhere. */
    keyHash: text().notNull(),
    /** The first characters of the key, for people who hold several. */
    keyHint: text(),
    name: text(),
    description: text(),
    scopes: text().array().notNull().default([]),
    resources: jsonb().$type<ResourceGrants>().notNull().default({}),
    /** Lower case. */
    tags: text().array().notNull().default([]),
    enabled: boolean().notNull().default(true),
    expiresAt: instant(),
    revokedAt: instant(),
    lastUsedAt: instant(),
    /** Counted in batches by every service that verifies. */
    usageCount: bigint({ mode: 'number' }).notNull().default(0),
    /** The key that took over. With a grace period this one stays good until `expiresAt`. */
    rotatedTo: text(),
    /** In the place of what the config says for every key. */
    requestLimits: jsonb().$type<StoredRequestLimits>(),
  },
  (t) => [
    unique('unq_api_keys_key_hash').on(t.keyHash),
    foreignKey({
      name: 'api_keys_rotated_to_api_keys_id_fk',
      columns: [t.rotatedTo],
      foreignColumns: [t.id],
    }).onDelete('set null'),
    index('idx_api_keys_owner_id_created_at_id').on(t.ownerId, t.createdAt, t.id),
    index('idx_api_keys_active')
      .on(t.ownerId)
      .where(sql`${t.revokedAt} is null and ${t.enabled} = true`),
    index('idx_api_keys_rotated_to')
      .on(t.rotatedTo)
      .where(sql`${t.rotatedTo} is not null`),
    index('idx_api_keys_tags').using('gin', t.tags),
    check('chk_api_keys_request_limits', sql`jsonb_typeof(${t.requestLimits}) = 'object'`),
    check('chk_api_keys_usage_count', sql`${t.usageCount} >= 0`),
  ],
)

export const ApiKeyRow = createSelectSchema(apiKeys)
export type ApiKeyRow = Static<typeof ApiKeyRow>
export const ApiKeyInsert = createInsertSchema(apiKeys)
export type ApiKeyInsert = Static<typeof ApiKeyInsert>
export const ApiKeyUpdate = createUpdateSchema(apiKeys)
export type ApiKeyUpdate = Static<typeof ApiKeyUpdate>
