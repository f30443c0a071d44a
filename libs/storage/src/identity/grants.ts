import { must } from '@alkdev/std'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { builtOnce } from '../database/built-once.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { accounts } from '../schema/identity/accounts.ts'
import { apiKeys } from '../schema/identity/api-keys.ts'
import type { AccountStatus } from '../schema/identity/families.ts'
import { grants } from '../schema/identity/grants.ts'
import type { GrantInsert, GrantRow } from '../schema/identity/grants.ts'
import { organizationMembers } from '../schema/identity/organization-members.ts'

/** Stores rights for work that outlives its request. Throws CONFLICT when account, key or role does not exist. */
export function createGrant(db: Db, grant: GrantInsert): Promise<GrantRow> {
  return coded(async () => {
    const [row] = await db.insert(grants).values(grant).returning()
    return must(row)
  })
}

/** A grant with the data that decide, at each use, whether it is still valid. */
export interface GrantState {
  readonly grant: GrantRow
  readonly accountStatus: AccountStatus
  readonly key: {
    readonly enabled: boolean
    readonly revokedAt: Date | null
    readonly expiresAt: Date | null
    /** The current rights of the key; the grant never allows more. */
    readonly scopes: readonly string[]
  }
  /** Organizations of the account now that the grant covers. */
  readonly orgIds: readonly string[]
  /** As stored with the grant. Absent: all organizations of the account. */
  readonly withinOrgs?: readonly string[]
}

const stateById = builtOnce((db) =>
  db
    .select({
      grant: grants,
      accountStatus: accounts.status,
      key: {
        enabled: apiKeys.enabled,
        revokedAt: apiKeys.revokedAt,
        expiresAt: apiKeys.expiresAt,
        scopes: apiKeys.scopes,
      },
      orgIds: sql<string[]>`array(
        select ${organizationMembers.orgId} from ${organizationMembers}
        where ${organizationMembers.accountId} = ${accounts.id}
        order by ${organizationMembers.orgId})`,
    })
    .from(grants)
    .innerJoin(accounts, eq(accounts.id, grants.accountId))
    .innerJoin(apiKeys, eq(apiKeys.id, grants.keyId))
    .where(eq(grants.id, sql.placeholder('id')))
    .prepare('grant_state'),
)

/** The grant and the state of its account and key, in one round trip; undefined when there is none (its key was deleted). */
export function getGrantState(db: Db, grantId: string): Promise<GrantState | undefined> {
  return coded(async () => {
    const [row] = await stateById(db).execute({ id: grantId })
    return row === undefined ? undefined : { ...row, ...orgsOfGrant(row.grant, row.orgIds) }
  })
}

/**
 * The metadata of a grant that a spoke caused on behalf of its account: the organizations that it may use at most. Nothing for a grant of the
 * account itself.
 */
export function grantMetadata(withinOrgs: readonly string[] | undefined): {
  readonly withinOrgs?: readonly string[]
} {
  return withinOrgs === undefined ? {} : { withinOrgs: withinOrgs.toSorted() }
}

/** When a grant with rights that end then expires; null for rights that end with their key. */
export function endOfGrant(rightsEndAtMs: number | undefined): Date | null {
  return rightsEndAtMs === undefined ? null : new Date(rightsEndAtMs)
}

/** The organizations that a grant covers, of those of its account. */
export function orgsOfGrant(
  grant: Pick<GrantRow, 'metadata'>,
  orgIds: readonly string[],
): Pick<GrantState, 'orgIds' | 'withinOrgs'> {
  const withinOrgs = withinOrgsOf(grant)
  if (withinOrgs === undefined) return { orgIds }
  return { withinOrgs, orgIds: orgIds.filter((id) => withinOrgs.includes(id)) }
}

function withinOrgsOf({ metadata }: Pick<GrantRow, 'metadata'>): readonly string[] | undefined {
  const { withinOrgs } = metadata as { readonly withinOrgs?: unknown }
  if (withinOrgs === undefined) return undefined
  // What can't be read allows nothing.
  return Array.isArray(withinOrgs) ? withinOrgs.filter((id) => typeof id === 'string') : []
}

/** Moves the live grants of a key to its successor, so that what was queued and scheduled with it goes on. Returns how many. */
export function moveGrants(tx: Db, keyId: string, successorId: string): Promise<number> {
  return coded(async () => {
    const rows = await tx
      .update(grants)
      .set({ keyId: successorId })
      .where(and(eq(grants.keyId, keyId), isNull(grants.revokedAt)))
      .returning({ id: grants.id })
    return rows.length
  })
}

/** Ends a grant and notifies every process with an identity change; false when it had ended or there is none. */
export function revokeGrant(db: Db, grantId: string, reason: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .update(grants)
      .set({ revokedAt: sql`now()`, revokedReason: reason })
      .where(and(eq(grants.id, grantId), isNull(grants.revokedAt)))
      .returning({ id: grants.id })
    if (rows.length > 0) await appendIdentityChange(tx, 'grant', [grantId])
    return rows.length > 0
  })
}
