import type { StoredQueueLimits, StoredRequestLimits } from '@alkdev/contracts'
import { eq } from 'drizzle-orm'
import { appendIdentityChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { accounts } from '../schema/identity/accounts.ts'
import { apiKeys } from '../schema/identity/api-keys.ts'
import { organizations } from '../schema/identity/organizations.ts'

/** Limits of requests; with an account, of its queued calls, too. */
export type StoredLimits = StoredRequestLimits & StoredQueueLimits

/** The subject whose requests are counted. */
export interface LimitSubject {
  readonly of: 'key' | 'account' | 'organization'
  readonly id: string
}

const tables = { key: apiKeys, account: accounts, organization: organizations } as const

/** The stored limits of a subject: null when only the config applies, undefined when there is no such subject. */
export function getRequestLimits(
  db: Db,
  { of, id }: LimitSubject,
): Promise<StoredLimits | null | undefined> {
  return coded(async () => {
    const table = tables[of]
    const [row] = await db
      .select({ limits: table.requestLimits })
      .from(table)
      .where(eq(table.id, id))
    return row?.limits
  })
}

/**
 * Stores the limits of a subject (absent member: as in the config; 0: no limit), or removes them, and notifies every process
 * with an identity change. False when there is no such subject.
 */
export function setRequestLimits(
  db: Db,
  { of, id }: LimitSubject,
  limits: StoredLimits | null,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const table = tables[of]
    const rows = await tx
      .update(table)
      .set({ requestLimits: limits })
      .where(eq(table.id, id))
      .returning({ id: table.id })
    if (rows.length > 0) await appendIdentityChange(tx, of, [id])
    return rows.length > 0
  })
}
