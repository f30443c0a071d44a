import { must } from '@alkdev/std'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
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

/** A grant with what decides, at each use, whether it is still good. */
export interface GrantState {
  readonly grant: GrantRow
  readonly accountStatus: AccountStatus
  readonly key: {
    readonly enabled: boolean
    readonly revokedAt: Date | null
    readonly expiresAt: Date | null
    /** What the key allows now; the grant never allows more. */
    readonly scopes: readonly string[]
  }
  readonly orgIds: readonly string[]
}

/** The grant and the state of its account and key, in one round trip; undefined when there is none (its key was deleted). */
export function getGrantState(db: Db, grantId: string): Promise<GrantState | undefined> {
  return coded(async () => {
    const [row] = await db
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
      .where(eq(grants.id, grantId))
    return row
  })
}

/** Ends a grant and tells every process by an identity change; false when it had ended or there is none. */
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
