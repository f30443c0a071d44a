import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, pgEnum, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from './accounts.ts'
import { InvitationStatus, MembershipLevel } from './families.ts'
import { membershipLevel } from './organization-members.ts'
import { organizations } from './organizations.ts'

export const invitationStatus = pgEnum('invitation_status', valuesOf(InvitationStatus))

/**
 * Offers of membership. An account becomes a member when it accepts one; a pending one ends at `expires_at`. Ended
 * rows are kept, because the number of invitations per day is limited.
 */
export const organizationInvitations = pgTable(
  'organization_invitations',
  {
    ...commonColumns(),
    orgId: text()
      .notNull()
      .references(() => organizations.id, { onDelete: 'cascade' }),
    /** Who is invited. */
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    membershipLevel: membershipLevel().notNull().default(MembershipLevel.MEMBER),
    /** Who invited on behalf of the organization. */
    invitedBy: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    status: invitationStatus().notNull().default(InvitationStatus.PENDING),
    expiresAt: instant().notNull(),
    /** When it was accepted, declined, withdrawn or found expired. */
    endedAt: instant(),
  },
  (t) => [
    uniqueIndex('unq_organization_invitations_pending')
      .on(t.orgId, t.accountId)
      .where(sql`${t.status} = 'pending'`),
    index('idx_organization_invitations_org_id').on(t.orgId, t.createdAt),
    index('idx_organization_invitations_account_id').on(t.accountId),
    index('idx_organization_invitations_invited_by').on(t.invitedBy, t.createdAt),
    check('chk_organization_invitations_level', sql`${t.membershipLevel} <> 'owner'`),
    check(
      'chk_organization_invitations_ended',
      sql`(${t.status} = 'pending') = (${t.endedAt} is null)`,
    ),
  ],
)

export const OrganizationInvitationRow = createSelectSchema(organizationInvitations)
export type OrganizationInvitationRow = Static<typeof OrganizationInvitationRow>
export const OrganizationInvitationInsert = createInsertSchema(organizationInvitations)
export type OrganizationInvitationInsert = Static<typeof OrganizationInvitationInsert>
