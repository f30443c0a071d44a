import type { Member, Organization } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { coversOrg } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { isActiveAdmin, lockOrganizationView, viewOrganization } from '@alkdev/storage'
import type { Db, MemberView, OrganizationRow, OrganizationView } from '@alkdev/storage'

type Level = Member['membershipLevel']

export function orgView(row: OrganizationRow, membershipLevel: Level | null): Organization {
  const { displayName } = row
  return {
    orgId: row.id,
    name: row.name,
    ...(displayName !== null && { displayName }),
    ownerId: row.ownerId,
    ...(membershipLevel !== null && { membershipLevel }),
    createdAt: row.createdAt.toISOString(),
  }
}

export function memberView({ member, displayName }: MemberView): Member {
  return {
    orgId: member.orgId,
    accountId: member.accountId,
    ...(displayName !== null && { displayName }),
    membershipLevel: member.membershipLevel,
    since: member.createdAt.toISOString(),
  }
}

/** The same error for an organization that does not exist and for one of which the caller is not a member. */
export function orgNotFound(orgId: string): CallError {
  return new CallError(
    'ORG_NOT_FOUND',
    `There is no organization ${orgId}.`,
    { orgId },
    { httpStatus: 404 },
  )
}

export function memberNotFound(orgId: string, accountId: string): CallError {
  return new CallError(
    'MEMBER_NOT_FOUND',
    `The account ${accountId} is not a member.`,
    { orgId, accountId },
    { httpStatus: 404 },
  )
}

/** The rights of a member in an organization. Admins of the deployment have the rights of an owner. */
export interface OrgRights extends OrganizationView {
  readonly rank: Level
}

async function rightsIn(
  db: Db,
  view: OrganizationView | undefined,
  orgId: string,
  caller: Caller,
): Promise<OrgRights> {
  if (view === undefined) throw orgNotFound(orgId)
  const membershipLevel = coversOrg(caller, orgId) ? view.membershipLevel : null
  if (membershipLevel === 'owner') return { ...view, rank: 'owner' }
  if (await isActiveAdmin(db, caller.id)) return { ...view, rank: 'owner' }
  if (membershipLevel === null) throw orgNotFound(orgId)
  return { ...view, rank: membershipLevel }
}

/** Throws ORG_NOT_FOUND for a caller that is not a member. */
export async function readOrg(db: Db, orgId: string, caller: Caller): Promise<OrgRights> {
  return rightsIn(db, await viewOrganization(db, orgId, caller.id), orgId, caller)
}

/** The same inside a transaction that changes it: locks the organization and the caller's rights in it until the transaction ends. */
export async function lockOrg(tx: Db, orgId: string, caller: Caller): Promise<OrgRights> {
  return rightsIn(tx, await lockOrganizationView(tx, orgId, caller.id), orgId, caller)
}

const RANKS: readonly Level[] = ['member', 'admin', 'owner']

/** Throws ACCESS_DENIED unless the rank is at least the one needed. */
export function requireRank({ rank }: OrgRights, needed: Level): void {
  if (RANKS.indexOf(rank) >= RANKS.indexOf(needed)) return
  throw new CallError(
    'ACCESS_DENIED',
    `Only ${needed === 'owner' ? 'the owner' : 'owner and admins'} of the organization may do this.`,
    {
      membershipLevel: needed,
    },
  )
}
