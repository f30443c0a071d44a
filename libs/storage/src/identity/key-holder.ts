import type { StoredQueueLimits, StoredRequestLimits } from '@alkdev/contracts'
import { eq, sql } from 'drizzle-orm'
import { builtOnce } from '../database/built-once.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { accounts } from '../schema/identity/accounts.ts'
import { apiKeys } from '../schema/identity/api-keys.ts'
import type { ApiKeyRow } from '../schema/identity/api-keys.ts'
import type { AccessLevel, AccountStatus } from '../schema/identity/families.ts'
import { organizationMembers } from '../schema/identity/organization-members.ts'
import { organizations } from '../schema/identity/organizations.ts'

/** A key with the data that decide whether it is valid and what its rights are. */
export interface KeyHolder {
  readonly key: ApiKeyRow
  /** The first key of the chain of rotations that led to this one: their requests are counted together. */
  readonly countedAs: string
  readonly accountStatus: AccountStatus
  readonly accessLevel: AccessLevel
  /** Organizations of the account, sorted. */
  readonly orgIds: readonly string[]
  readonly accountLimits: (StoredRequestLimits & StoredQueueLimits) | null
  /** Limits of the account's organizations, by id; only of those that have stored limits. */
  readonly orgLimits: Readonly<Record<string, StoredRequestLimits>>
}

/** The key with this hash, in one round trip; undefined when there is none. The caller checks whether it is valid. */
export function findApiKeyByHash(db: Db, keyHash: string): Promise<KeyHolder | undefined> {
  return coded(async () => (await byHash(db).execute({ value: keyHash }))[0])
}

/** As `findApiKeyByHash`, by the id of the key: for grants, which do not store the hash. */
export function findKeyHolder(db: Db, keyId: string): Promise<KeyHolder | undefined> {
  return coded(async () => (await byId(db).execute({ value: keyId }))[0])
}

const byHash = builtOnce((db) => holderBy(db, apiKeys.keyHash).prepare('key_by_hash'))
const byId = builtOnce((db) => holderBy(db, apiKeys.id).prepare('key_by_id'))

function holderBy(db: Db, column: typeof apiKeys.keyHash | typeof apiKeys.id) {
  return db
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
    .where(eq(column, sql.placeholder('value')))
}
