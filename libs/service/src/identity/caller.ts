import type { Member } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { getMember, listOrgIds } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** The caller of an operation. */
export interface Caller extends Identity {
  /**
   * The organizations that the call may use at most: those that the account shares with the spokes that call on its behalf. Absent: those of the
   * account.
   */
  readonly withinOrgs?: readonly string[]
}

/** False for an organization that is closed to a call made on behalf of the account. Does not look whether the account is a member. */
export function coversOrg({ withinOrgs }: Caller, orgId: string): boolean {
  return withinOrgs?.includes(orgId) ?? true
}

/** The organizations that the caller may use: those that its account is a member of now, as far as the call covers them. */
export async function orgIdsOf(db: Db, caller: Caller): Promise<string[]> {
  const orgIds = await listOrgIds(db, caller.id)
  return orgIds.filter((orgId) => coversOrg(caller, orgId))
}

/** The level that the account of the caller has in the organization now; undefined when it is no member, or the call does not cover it. */
export async function levelIn(
  db: Db,
  caller: Caller,
  orgId: string,
): Promise<Member['membershipLevel'] | undefined> {
  if (!coversOrg(caller, orgId)) return undefined
  return (await getMember(db, orgId, caller.id))?.membershipLevel
}
