import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { detections } from '../schema/coordination/detections.ts'
import type { DetectionRow } from '../schema/coordination/detections.ts'

/** The open findings about sessions, oldest first. `kinds`: only these. Of each kind a session has one at most. */
export function readSessionFindings(
  db: Db,
  sessionIds: readonly string[],
  { kinds, limit }: { readonly kinds?: readonly string[]; readonly limit?: number } = {},
): Promise<DetectionRow[]> {
  if (sessionIds.length === 0) return Promise.resolve([])
  return coded(() => {
    const found = db
      .select()
      .from(detections)
      .where(
        and(
          eq(detections.subjectType, 'session'),
          inArray(detections.subjectId, [...sessionIds]),
          isNull(detections.resolvedAt),
          kinds === undefined ? undefined : inArray(detections.kind, [...kinds]),
        ),
      )
      .orderBy(asc(detections.id))
    return limit === undefined ? found : found.limit(limit)
  })
}

/**
 * Closes findings about sessions that nothing can be done about any more: those of these kinds when the session has ended, and of every kind those from before it
 * was archived, and of one that was deleted.
 */
export function resolveEndedFindings(db: Db, kinds: readonly string[]): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update detections d set resolved_at = now(), updated_at = now()
      from detections f left join sessions s on s.id = f.subject_id
      where d.id = f.id and f.resolved_at is null and f.subject_type = 'session'
        and (s.id is null or (s.status = 'archived' and f.last_seen_at <= s.archived_at)
          or (f.kind = any(${textArray(kinds)}) and s.status in ('done', 'failed', 'aborted', 'archived')))`)
  })
}

/** True for one transaction at a time: the others need not do the same. */
export async function lockDetection(tx: Db): Promise<boolean> {
  const [row] = (await tx.execute(
    sql`select pg_try_advisory_xact_lock(hashtextextended('session-detection', 0)) as locked`,
  )) as unknown as { locked: boolean }[]
  return row?.locked === true
}
