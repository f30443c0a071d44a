import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, asc, eq, inArray } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { accounts } from '../schema/identity/accounts.ts'
import type { MembershipLevel } from '../schema/identity/families.ts'
import { organizationMembers } from '../schema/identity/organization-members.ts'
import type { OrganizationMemberRow } from '../schema/identity/organization-members.ts'
import { organizations } from '../schema/identity/organizations.ts'
import type { OrganizationRow } from '../schema/identity/organizations.ts'

export interface OrganizationView {
  readonly organization: OrganizationRow
  /** Level of the viewing account; null when it is not a member. */
  readonly membershipLevel: MembershipLevel | null
}

const view = (accountId: string) =>
  ({
    join: and(
      eq(organizationMembers.orgId, organizations.id),
      eq(organizationMembers.accountId, accountId),
    ),
    columns: { organization: organizations, membershipLevel: organizationMembers.membershipLevel },
  }) as const

/** True when the account is a member of one of the organizations. */
export function isMemberOfAny(
  db: Db,
  accountId: string,
  orgIds: readonly string[],
): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .select({ orgId: organizationMembers.orgId })
      .from(organizationMembers)
      .where(
        and(
          eq(organizationMembers.accountId, accountId),
          inArray(organizationMembers.orgId, [...orgIds]),
        ),
      )
      .limit(1)
    return rows.length > 0
  })
}

/** An organization as an account sees it. */
export function viewOrganization(
  db: Db,
  orgId: string,
  accountId: string,
): Promise<OrganizationView | undefined> {
  return coded(async () => {
    const { columns, join } = view(accountId)
    const [row] = await db
      .select(columns)
      .from(organizations)
      .leftJoin(organizationMembers, join)
      .where(eq(organizations.id, orgId))
    return row
  })
}

/**
 * As `getOrganizationView`, but locks the organization until the transaction ends, before the level is read: rights checked on it stay
 * valid during the transaction.
 */
export function lockOrganizationView(
  tx: Db,
  orgId: string,
  accountId: string,
): Promise<OrganizationView | undefined> {
  return coded(async () => {
    const rows = await tx
      .select({ id: organizations.id })
      .from(organizations)
      .where(eq(organizations.id, orgId))
      .for('no key update')
    return rows.length === 0 ? undefined : viewOrganization(tx, orgId, accountId)
  })
}

export interface ListOrganizations extends PageRequest {
  readonly accountId: string
  /** Also organizations of which the account is not a member. Default false. */
  readonly all?: boolean
}

/** Organizations by name, as an account sees them. */
export function listOrganizations(
  db: Db,
  request: ListOrganizations,
): Promise<Page<OrganizationView>> {
  return coded(async () => {
    const list = ['organizations', request.accountId, request.all ?? false] as const
    const keyset = new Keyset([organizations.name], 'asc', list)
    const { columns, join } = view(request.accountId)
    const selection = db.select(columns).from(organizations)
    const joined =
      request.all === true
        ? selection.leftJoin(organizationMembers, join)
        : selection.innerJoin(organizationMembers, join)
    const rows = await joined
      .where(keyset.after(request))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.organization.name])
  })
}

export interface MemberView {
  readonly member: OrganizationMemberRow
  readonly displayName: string | null
}

/** The members of an organization, the longest membership first. */
export function listMembers(
  db: Db,
  request: PageRequest & { readonly orgId: string },
): Promise<Page<MemberView>> {
  return coded(async () => {
    const keyset = new Keyset([organizationMembers.id], 'asc', ['members', request.orgId])
    const rows = await db
      .select({ member: organizationMembers, displayName: accounts.displayName })
      .from(organizationMembers)
      .innerJoin(accounts, eq(accounts.id, organizationMembers.accountId))
      .where(and(eq(organizationMembers.orgId, request.orgId), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.member.id])
  })
}

export function getMember(
  db: Db,
  orgId: string,
  accountId: string,
): Promise<OrganizationMemberRow | undefined> {
  return coded(async () => {
    const condition = and(
      eq(organizationMembers.orgId, orgId),
      eq(organizationMembers.accountId, accountId),
    )
    return (await db.select().from(organizationMembers).where(condition))[0]
  })
}

/**
 * Adds an account as a member; ask for its consent first (`createInvitation`). Throws CONFLICT when it is a member, or when account or
 * organization do not exist.
 */
export function addMember(
  db: Db,
  orgId: string,
  accountId: string,
  membershipLevel: MembershipLevel,
): Promise<OrganizationMemberRow> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx
      .insert(organizationMembers)
      .values({ orgId, accountId, membershipLevel })
      .returning()
    await appendIdentityChange(tx, 'membership', [accountId])
    return must(row)
  })
}

/** Writes the given columns; undefined when there is no such organization. Throws CONFLICT when the name is taken. */
export function updateOrganization(
  db: Db,
  orgId: string,
  change: { readonly name?: string; readonly displayName?: string | null },
): Promise<OrganizationRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .update(organizations)
      .set(change)
      .where(eq(organizations.id, orgId))
      .returning()
    return row
  })
}

/**
 * Deletes an organization with its memberships; true when there was one. Throws CONFLICT while a project or a client belongs
 * to it.
 */
export function deleteOrganization(db: Db, orgId: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const members = await tx
      .select({ accountId: organizationMembers.accountId })
      .from(organizationMembers)
      .where(eq(organizationMembers.orgId, orgId))
      .orderBy(asc(organizationMembers.accountId))
    try {
      const rows = await coded(() =>
        tx
          .delete(organizations)
          .where(eq(organizations.id, orgId))
          .returning({ id: organizations.id }),
      )
      if (rows.length === 0) return false
    } catch (cause) {
      if (!(cause instanceof CodedError) || cause.code !== 'CONFLICT') throw cause
      const message = 'The organization still has projects or outside services.'
      throw new CodedError('CONFLICT', message, { cause })
    }
    await appendIdentityChange(
      tx,
      'membership',
      members.map((row) => row.accountId),
    )
    return true
  })
}
