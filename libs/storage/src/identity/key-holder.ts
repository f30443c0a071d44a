import type { StoredRequestLimits } from '@alkdev/contracts'
import { eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { accounts } from '../schema/identity/accounts.ts'
import { apiKeys } from '../schema/identity/api-keys.ts'
import type { ApiKeyRow } from '../schema/identity/api-keys.ts'
import type { AccessLevel, AccountStatus } from '../schema/identity/families.ts'
import { organizationMembers } from '../schema/identity/organization-members.ts'
import { organizations } from '../schema/identity/organizations.ts'

/** A key with what else decides whether it is good and what it may do. */
export interface KeyHolder {
  readonly key: ApiKeyRow
  /** The first key of the row of rotations that led to this one: all of them are counted as one. */
  readonly countedAs: string
  readonly accountStatus: AccountStatus
  readonly accessLevel: AccessLevel
  /** Organizations of the account, sorted. */
  readonly orgIds: readonly string[]
  readonly accountLimits: StoredRequestLimits | null
  /** By the ids of those organizations of the account that have limits of their own. */
  readonly orgLimits: Readonly<Record<string, StoredRequestLimits>>
}

/** The key with this hash, in one round trip; undefined when there is none. Whether it is good is the caller's to decide. */
export function findApiKeyByHash(db: Db, keyHash: string): Promise<KeyHolder | undefined> {
  return holder(db, eq(apiKeys.keyHash, keyHash))
}

/** As `findApiKeyByHash`, by the id of the key: for grants, which hold no hash. */
export function findKeyHolder(db: Db, keyId: string): Promise<KeyHolder | undefined> {
  return holder(db, eq(apiKeys.id, keyId))
}

function holder(db: Db, condition: ReturnType<typeof eq>): Promise<KeyHolder | undefined> {
  return coded(async () => {
    const [row] = await db
      .select({
        key: apiKeys,
        // An index look-up for each rotation; a longer chain of rotations starts a new count.
        countedAs: sql<string>`(
          with recursive former as (
            select ${apiKeys.id} as id, 0 as depth
            union all
            select predecessor.id, former.depth + 1
            from ${apiKeys} as predecessor join former on predecessor.rotated_to = former.id
            where former.depth < 100)
          select id from former order by depth desc limit 1)`,
        accountStatus: accounts.status,
        accessLevel: accounts.accessLevel,
        orgIds: sql<string[]>`array(
          select ${organizationMembers.orgId} from ${organizationMembers}
          where ${organizationMembers.accountId} = ${accounts.id}
          order by ${organizationMembers.orgId})`,
        accountLimits: accounts.requestLimits,
        orgLimits: sql<Record<string, StoredRequestLimits>>`(
          select coalesce(jsonb_object_agg(${organizations.id}, ${organizations.requestLimits}), '{}'::jsonb)
          from ${organizations}
          join ${organizationMembers} on ${organizationMembers.orgId} = ${organizations.id}
          where ${organizationMembers.accountId} = ${accounts.id}
            and ${organizations.requestLimits} is not null)`,
      })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.ownerId))
      .where(condition)
    return row
  })
}
