import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { detections } from '../schema/coordination/detections.ts'
import type { DetectionRow } from '../schema/coordination/detections.ts'

/** Findings of a list that is read at once. */
const MAX_FINDINGS = 500

/** The open findings about sessions, oldest first. */
export function readSessionFindings(
  db: Db,
  sessionIds: readonly string[],
): Promise<DetectionRow[]> {
  if (sessionIds.length === 0) return Promise.resolve([])
  return coded(() =>
    db
      .select()
      .from(detections)
      .where(
        and(
          eq(detections.subjectType, 'session'),
          inArray(detections.subjectId, [...sessionIds]),
          isNull(detections.resolvedAt),
        ),
      )
      .orderBy(asc(detections.id))
      .limit(MAX_FINDINGS),
  )
}

/** Closes findings of these kinds about sessions that have ended. */
export function resolveEndedFindings(db: Db, kinds: readonly string[]): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update detections d set resolved_at = now(), updated_at = now()
      where d.resolved_at is null and d.subject_type = 'session' and d.kind = any(${textArray(kinds)})
        and exists (select 1 from sessions s where s.id = d.subject_id and s.status in ('done', 'failed', 'aborted', 'archived'))`)
  })
}

/** True for one transaction at a time: the others need not do the same. */
export async function lockDetection(tx: Db): Promise<boolean> {
  const [row] = (await tx.execute(
    sql`select pg_try_advisory_xact_lock(hashtextextended('session-detection', 0)) as locked`,
  )) as unknown as { locked: boolean }[]
  return row?.locked === true
}
