import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { index, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'
import { accounts } from './accounts.ts'
import { MembershipLevel } from './families.ts'
import { organizations } from './organizations.ts'

export const membershipLevel = pgEnum('membership_level', valuesOf(MembershipLevel))

/** The members of organizations, with their level. */
export const organizationMembers = pgTable(
  'organization_members',
  {
    ...commonColumns(),
    orgId: text()
      .notNull()
      .references(() => organizations.id, { onDelete: 'cascade' }),
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    membershipLevel: membershipLevel().notNull().default(MembershipLevel.MEMBER),
  },
  (t) => [
    unique('unq_organization_members_org_id_account_id').on(t.orgId, t.accountId),
    index('idx_organization_members_account_id').on(t.accountId),
  ],
)

export const OrganizationMemberRow = createSelectSchema(organizationMembers)
export type OrganizationMemberRow = Static<typeof OrganizationMemberRow>
export const OrganizationMemberInsert = createInsertSchema(organizationMembers)
export type OrganizationMemberInsert = Static<typeof OrganizationMemberInsert>
export const OrganizationMemberUpdate = createUpdateSchema(organizationMembers)
export type OrganizationMemberUpdate = Static<typeof OrganizationMemberUpdate>
