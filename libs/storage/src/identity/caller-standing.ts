import { and, eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { accounts } from '../schema/identity/accounts.ts'
import { apiKeys } from '../schema/identity/api-keys.ts'
import { AccessLevel, AccountStatus } from '../schema/identity/families.ts'
import type { MembershipLevel } from '../schema/identity/families.ts'
import { organizationMembers } from '../schema/identity/organization-members.ts'

/** The current state of an account and the rights of one of its keys, read without a cache. */
export interface CallerStanding {
  /** True for an active account of the access level `admin`. */
  readonly isAdmin: boolean
  /** Its level in each of its organizations, by organization id. */
  readonly memberships: Readonly<Record<string, MembershipLevel>>
  /** Scopes and resources of the key; null without a key id, and for a key of another account. */
  readonly scopes: readonly string[] | null
  readonly resources: Readonly<Record<string, readonly string[]>> | null
}

/** One statement. Undefined when there is no such account. */
export function findCallerStanding(
  db: Db,
  accountId: string,
  keyId?: string,
): Promise<CallerStanding | undefined> {
  return coded(async () => {
    const [row] = await db
      .select({
        status: accounts.status,
        accessLevel: accounts.accessLevel,
        memberships: sql<Record<string, MembershipLevel>>`(
          select coalesce(jsonb_object_agg(${organizationMembers.orgId}, ${organizationMembers.membershipLevel}), '{}'::jsonb)
          from ${organizationMembers}
          where ${organizationMembers.accountId} = ${accounts.id})`,
        scopes: apiKeys.scopes,
        resources: apiKeys.resources,
      })
      .from(accounts)
      .leftJoin(apiKeys, and(eq(apiKeys.ownerId, accounts.id), eq(apiKeys.id, keyId ?? '')))
      .where(eq(accounts.id, accountId))
    if (row === undefined) return undefined
    const { status, accessLevel, ...rest } = row
    return {
      ...rest,
      isAdmin: status === AccountStatus.ACTIVE && accessLevel === AccessLevel.ADMIN,
    }
  })
}
