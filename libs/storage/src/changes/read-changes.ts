import { and, asc, eq, gt, sql } from 'drizzle-orm'
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
  /** False when changes after `since` were pruned: the whole cache must be dropped. */
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
 * Deletes changes older than `keepMs` milliseconds, at most `limit` (default 5 000), and gives their number: call again while it gives
 * that many. Readers that lag behind further than that reload
 * everything.
 */
export function pruneChanges(db: Db, keepMs: number, limit = 5000): Promise<number> {
  return coded(async () => {
    // Oldest first, so that the rest of a topic has no gap.
    const rows = await db.execute(sql`
      delete from changes where (topic, number) in (
        select topic, number from changes
        where created_at < now() - ${keepMs / 1000}::double precision * interval '1 second'
        order by topic, number limit ${limit}
      ) returning number`)
    return rows.length
  })
}
