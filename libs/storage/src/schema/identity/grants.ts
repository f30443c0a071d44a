import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import type { ResourceGrants } from '../common.ts'
import { accounts } from './accounts.ts'
import { apiKeys } from './api-keys.ts'

/**
 * Rights that outlive the request that created them: of a session, a queued call, a workflow run. A grant never holds
 * a key. Each use checks that the key and the account are still valid.
 */
export const grants = pgTable(
  'grants',
  {
    ...commonColumns(),
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** A grant does not survive its key. */
    keyId: text()
      .notNull()
      .references(() => apiKeys.id, { onDelete: 'cascade' }),
    scopes: text().array().notNull().default([]),
    resources: jsonb().$type<ResourceGrants>().notNull().default({}),
    /** The grant that this one is a part of; revoking that one revokes this one. */
    parentGrantId: text().references((): AnyPgColumn => grants.id, { onDelete: 'cascade' }),
    expiresAt: instant(),
    revokedAt: instant(),
    revokedReason: text(),
  },
  (t) => [
    index('idx_grants_account_id').on(t.accountId),
    index('idx_grants_key_id').on(t.keyId),
    index('idx_grants_parent_grant_id')
      .on(t.parentGrantId)
      .where(sql`${t.parentGrantId} is not null`),
  ],
)

export const GrantRow = createSelectSchema(grants)
export type GrantRow = Static<typeof GrantRow>
export const GrantInsert = createInsertSchema(grants)
export type GrantInsert = Static<typeof GrantInsert>
export const GrantUpdate = createUpdateSchema(grants)
export type GrantUpdate = Static<typeof GrantUpdate>
