import { and, asc, eq, gt, lt, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { changeCounters } from '../schema/changes/change-counters.ts'
import { changes } from '../schema/changes/changes.ts'
import type { ChangeKind, ChangeTopic } from '../schema/changes/families.ts'

export interface Change {
  readonly number: number
  readonly kind: ChangeKind
  readonly subjectIds: readonly string[]
}

export interface ChangeList {
  /** Number of the newest change of the topic, read in the same statement. */
  readonly latest: number
  /** In order, `since + 1` first. More follow when the last one is below `latest`. */
  readonly changes: readonly Change[]
  /** False when changes after `since` were pruned: what is cached must be dropped as a whole. */
  readonly complete: boolean
}

/** The changes of a topic after number `since`, at most `limit` (default 1 000), in one round trip. */
export function readChanges(
  db: Db,
  topic: ChangeTopic,
  since: number,
  limit = 1000,
): Promise<ChangeList> {
  return coded(async () => {
    const rows = await db
      .select({
        latest: changeCounters.value,
        number: changes.number,
        kind: changes.kind,
        subjectIds: changes.subjectIds,
      })
      .from(changeCounters)
      .leftJoin(changes, and(eq(changes.topic, changeCounters.topic), gt(changes.number, since)))
      .where(eq(changeCounters.topic, topic))
      .orderBy(asc(changes.number))
      .limit(limit)
    const latest = rows[0]?.latest ?? 0
    const found = rows.flatMap(({ number, kind, subjectIds }) =>
      number === null || kind === null || subjectIds === null ? [] : [{ number, kind, subjectIds }],
    )
    return { latest, changes: found, complete: latest <= since || found[0]?.number === since + 1 }
  })
}

/**
 * Deletes changes older than `keepMs` milliseconds and gives their number. Readers that lag behind further than that reload
 * everything.
 */
export function pruneChanges(db: Db, keepMs: number): Promise<number> {
  return coded(async () => {
    const rows = await db
      .delete(changes)
      .where(lt(changes.createdAt, sql`now() - ${keepMs / 1000} * interval '1 second'`))
      .returning({ number: changes.number })
    return rows.length
  })
}
