import { sql } from 'drizzle-orm'
import { eq } from 'drizzle-orm'
import { must } from '@alkdev/std'
import type { Db } from '../database/types.ts'
import { coded } from '../database/storage-error.ts'
import { changeCounters } from '../schema/changes/change-counters.ts'
import { changes } from '../schema/changes/changes.ts'
import { ChangeTopic } from '../schema/changes/families.ts'
import type { ChangeKind } from '../schema/changes/families.ts'

/**
 * Adds a change to a topic's list and returns its number. Call it last in the transaction that makes the change: it holds the
 * counter until the commit, so that the numbers have no gaps and follow the order of the commits.
 */
async function appendChange(
  tx: Db,
  topic: ChangeTopic,
  kind: ChangeKind,
  subjectIds: readonly string[],
): Promise<number> {
  return coded(async () => {
    const [counter] = await tx
      .update(changeCounters)
      .set({ value: sql`${changeCounters.value} + 1` })
      .where(eq(changeCounters.topic, topic))
      .returning({ value: changeCounters.value })
    const number = must(counter, `the counter of ${topic}`).value
    await tx.insert(changes).values({ topic, number, kind, subjectIds: [...subjectIds] })
    return number
  })
}

/** A change of keys, accounts, memberships, organizations, roles or grants. See `appendChange`. */
export function appendIdentityChange(
  tx: Db,
  kind: 'key' | 'account' | 'membership' | 'organization' | 'role' | 'grant',
  subjectIds: readonly string[],
): Promise<number> {
  return appendChange(tx, ChangeTopic.IDENTITY, kind, subjectIds)
}

/** A change of spokes or of the operations that they offer. See `appendChange`. */
export function appendRegistryChange(
  tx: Db,
  kind: 'spoke' | 'spoke-removed' | 'service' | 'client',
  subjectIds: readonly string[],
): Promise<number> {
  return appendChange(tx, ChangeTopic.REGISTRY, kind, subjectIds)
}
