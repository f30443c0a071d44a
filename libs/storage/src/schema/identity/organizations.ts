import type { StoredRequestLimits } from '@alkdev/contracts'
import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns } from '../common.ts'
import { accounts } from './accounts.ts'

/**
 * Groups of accounts that see and call the same things. The owner is always a member of level `owner`: otherwise a
 * deferred constraint trigger refuses the commit.
 */
export const organizations = pgTable(
  'organizations',
  {
    ...commonColumns(),
    name: text().notNull(),
    displayName: text(),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'restrict' }),
    giteaOrgName: text(),
    data: jsonb().$type<Record<string, unknown>>(),
    /** In the place of what the config says for every organization. */
    requestLimits: jsonb().$type<StoredRequestLimits>(),
  },
  (t) => [
    unique('unq_organizations_name').on(t.name),
    index('idx_organizations_owner_id').on(t.ownerId),
    check('chk_organizations_request_limits', sql`jsonb_typeof(${t.requestLimits}) = 'object'`),
    check('chk_organizations_name', sql`${t.name} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`),
  ],
)

export const OrganizationRow = createSelectSchema(organizations)
export type OrganizationRow = Static<typeof OrganizationRow>
export const OrganizationInsert = createInsertSchema(organizations)
export type OrganizationInsert = Static<typeof OrganizationInsert>
export const OrganizationUpdate = createUpdateSchema(organizations)
export type OrganizationUpdate = Static<typeof OrganizationUpdate>
