import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, asc, eq, inArray } from 'drizzle-orm'
import { appendIdentityChange, appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { MembershipLevel } from '../schema/identity/families.ts'
import { organizationMembers } from '../schema/identity/organization-members.ts'
import type { OrganizationMemberRow } from '../schema/identity/organization-members.ts'
import { organizations } from '../schema/identity/organizations.ts'
import type { OrganizationInsert, OrganizationRow } from '../schema/identity/organizations.ts'
import { projects } from '../schema/projects/projects.ts'
import { spokes } from '../schema/spokes/spokes.ts'
import { withdrawInvitationsBy } from './invitations.ts'

/** Creates an organization whose owner is its first member. Throws CONFLICT when the name is taken. */
export function createOrganization(
  db: Db,
  organization: OrganizationInsert,
): Promise<OrganizationRow> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx.insert(organizations).values(organization).returning()
    const created = must(row)
    await tx.insert(organizationMembers).values({
      orgId: created.id,
      accountId: created.ownerId,
      membershipLevel: MembershipLevel.OWNER,
    })
    await appendIdentityChange(tx, 'membership', [created.ownerId])
    return created
  })
}

export function getOrganization(db: Db, id: string): Promise<OrganizationRow | undefined> {
  return coded(
    async () => (await db.select().from(organizations).where(eq(organizations.id, id)))[0],
  )
}

/** Ids of the organizations that an account is a member of, sorted. */
export function listOrgIds(db: Db, accountId: string): Promise<string[]> {
  return coded(async () => {
    const rows = await db
      .select({ orgId: organizationMembers.orgId })
      .from(organizationMembers)
      .where(eq(organizationMembers.accountId, accountId))
      .orderBy(asc(organizationMembers.orgId))
    return rows.map((row) => row.orgId)
  })
}

/** Adds an account, or changes its level. Withdraws its invitations if it may no longer invite. */
export function setMembership(
  db: Db,
  orgId: string,
  accountId: string,
  membershipLevel: MembershipLevel,
): Promise<OrganizationMemberRow> {
  return inTransaction(db, async (tx) => {
    await lockOrganization(tx, orgId)
    const [row] = await tx
      .insert(organizationMembers)
      .values({ orgId, accountId, membershipLevel })
      .onConflictDoUpdate({
        target: [organizationMembers.orgId, organizationMembers.accountId],
        set: { membershipLevel },
      })
      .returning()
    if (membershipLevel === MembershipLevel.MEMBER)
      await withdrawInvitationsBy(tx, orgId, accountId)
    await appendIdentityChange(tx, 'membership', [accountId])
    return must(row)
  })
}

/**
 * Removes a member; true when there was one. Its spokes no longer serve the organization, and its invitations are withdrawn.
 * Throws VALIDATION_ERROR for the owner.
 */
export function removeMember(db: Db, orgId: string, accountId: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await lockOrganization(tx, orgId)
    const rows = await tx
      .delete(organizationMembers)
      .where(
        and(eq(organizationMembers.orgId, orgId), eq(organizationMembers.accountId, accountId)),
      )
      .returning({ id: organizationMembers.id })
    if (rows.length === 0) return false
    await withdrawInvitationsBy(tx, orgId, accountId)
    const left = await takeSpokesOut(tx, orgId, accountId)
    await appendIdentityChange(tx, 'membership', [accountId])
    if (left.length > 0) await appendRegistryChange(tx, 'spoke', left)
    return true
  })
}

/**
 * Makes a member the owner; the former owner stays as an admin. Throws CONFLICT when the new owner is not a member or there
 * is no such organization.
 */
export function transferOwnership(db: Db, orgId: string, newOwnerId: string): Promise<void> {
  return inTransaction(db, async (tx) => {
    const { ownerId } = await lockOrganization(tx, orgId)
    if (ownerId === newOwnerId) return
    const raised = await tx
      .update(organizationMembers)
      .set({ membershipLevel: MembershipLevel.OWNER })
      .where(
        and(eq(organizationMembers.orgId, orgId), eq(organizationMembers.accountId, newOwnerId)),
      )
      .returning({ id: organizationMembers.id })
    if (raised.length === 0) {
      throw new CodedError('CONFLICT', 'The new owner must be a member of the organization.')
    }
    await tx.update(organizations).set({ ownerId: newOwnerId }).where(eq(organizations.id, orgId))
    await tx
      .update(organizationMembers)
      .set({ membershipLevel: MembershipLevel.ADMIN })
      .where(and(eq(organizationMembers.orgId, orgId), eq(organizationMembers.accountId, ownerId)))
    await appendIdentityChange(tx, 'membership', [newOwnerId, ownerId])
  })
}

/** Detaches the spokes of an account from projects of the organization. Returns their ids. */
async function takeSpokesOut(tx: Db, orgId: string, accountId: string): Promise<string[]> {
  const rows = await tx
    .update(spokes)
    .set({ projectId: null })
    .where(
      and(
        eq(spokes.ownerId, accountId),
        inArray(
          spokes.projectId,
          tx.select({ id: projects.id }).from(projects).where(eq(projects.orgId, orgId)),
        ),
      ),
    )
    .returning({ id: spokes.id })
  return rows.map(({ id }) => id)
}

/** Locked before anything else of the organization changes, so that the deferred check never waits while it holds a counter. */
async function lockOrganization(tx: Db, orgId: string): Promise<{ ownerId: string }> {
  const [row] = await tx
    .select({ ownerId: organizations.ownerId })
    .from(organizations)
    .where(eq(organizations.id, orgId))
    .for('no key update')
  if (row === undefined) throw new CodedError('CONFLICT', 'There is no such organization.')
  return row
}
