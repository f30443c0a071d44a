import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import type { ResourceGrants } from '../common.ts'
import { roles } from '../roles/roles.ts'
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
    /** Narrows the rights further; null when no role was taken. */
    roleId: text().references(() => roles.id, { onDelete: 'restrict' }),
    expiresAt: instant(),
    revokedAt: instant(),
    revokedReason: text(),
  },
  (t) => [
    index('idx_grants_account_id').on(t.accountId),
    index('idx_grants_key_id').on(t.keyId),
    index('idx_grants_role_id')
      .on(t.roleId)
      .where(sql`${t.roleId} is not null`),
  ],
)

export const GrantRow = createSelectSchema(grants)
export type GrantRow = Static<typeof GrantRow>
export const GrantInsert = createInsertSchema(grants)
export type GrantInsert = Static<typeof GrantInsert>
export const GrantUpdate = createUpdateSchema(grants)
export type GrantUpdate = Static<typeof GrantUpdate>
