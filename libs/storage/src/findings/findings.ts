import { must } from '@alkdev/std'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { interval } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { detections } from '../schema/coordination/detections.ts'
import type { DetectionRow } from '../schema/coordination/detections.ts'
import type { DetectionSeverity } from '../schema/coordination/families.ts'

export interface NewFinding {
  /** One of `FINDING_KINDS`. */
  readonly kind: string
  readonly severity: DetectionSeverity
  readonly subject: { readonly type: string; readonly id: string }
  /** Who is to know it. */
  readonly accountId: string | null
  readonly orgId?: string | null | undefined
  readonly summary: string
  /** What shows it: ids of rows, codes, numbers. */
  readonly evidence?: Readonly<Record<string, unknown>> | undefined
}

/** Stores a problem of a subject; one that is open already gets a higher count and the new evidence. */
export function raiseFinding(tx: Db, finding: NewFinding): Promise<DetectionRow> {
  return coded(async () => {
    const { kind, severity, subject, summary, accountId, orgId = null, evidence = {} } = finding
    const [row] = await tx
      .insert(detections)
      .values({
        kind,
        severity,
        subjectType: subject.type,
        subjectId: subject.id,
        accountId,
        orgId,
        summary,
        evidence: { ...evidence },
      })
      .onConflictDoUpdate({
        target: [detections.subjectType, detections.subjectId, detections.kind],
        targetWhere: sql`${detections.resolvedAt} is null`,
        set: {
          occurrences: sql`${detections.occurrences} + 1`,
          lastSeenAt: sql`now()`,
          updatedAt: sql`now()`,
          severity: sql`excluded.severity`,
          summary: sql`excluded.summary`,
          evidence: sql`excluded.evidence`,
        },
      })
      .returning()
    return must(row)
  })
}

/** Stores something that happened once: false when this kind of finding of the subject is stored already, also as a resolved one. */
export function raiseFindingOnce(db: Db, finding: NewFinding): Promise<boolean> {
  return coded(async () => {
    const { kind, severity, subject, summary, accountId, orgId = null, evidence = {} } = finding
    const isSame = and(
      eq(detections.subjectType, subject.type),
      eq(detections.subjectId, subject.id),
      eq(detections.kind, kind),
    )
    if ((await db.$count(detections, isSame)) > 0) return false
    const rows = await db
      .insert(detections)
      .values({
        ...{ kind, severity, accountId, orgId, summary, evidence: { ...evidence } },
        ...{ subjectType: subject.type, subjectId: subject.id },
      })
      // Of two processes at the same moment one stores it.
      .onConflictDoNothing()
      .returning({ id: detections.id })
    return rows.length > 0
  })
}

/** Closes findings of a kind that have been open for `openMs` milliseconds. Gives how many. */
export function resolveOldFindings(
  db: Db,
  { type, kind }: { readonly type: string; readonly kind: string },
  openMs: number,
): Promise<number> {
  return coded(async () => {
    const rows = await db
      .update(detections)
      .set({ resolvedAt: sql`now()` })
      .where(
        and(
          eq(detections.subjectType, type),
          eq(detections.kind, kind),
          isNull(detections.resolvedAt),
          sql`${detections.createdAt} < now() - ${interval(openMs)}`,
        ),
      )
      .returning({ id: detections.id })
    return rows.length
  })
}

/** Closes the open findings of a subject, of one kind when it is given. Gives how many. */
export function resolveFindings(
  tx: Db,
  subject: { readonly type: string; readonly id: string },
  kind?: string,
): Promise<number> {
  return coded(async () => {
    const rows = await tx
      .update(detections)
      .set({ resolvedAt: sql`now()` })
      .where(
        and(
          eq(detections.subjectType, subject.type),
          eq(detections.subjectId, subject.id),
          isNull(detections.resolvedAt),
          kind === undefined ? undefined : eq(detections.kind, kind),
        ),
      )
      .returning({ id: detections.id })
    return rows.length
  })
}

/** Deletes findings that were resolved before `keptMs` milliseconds ago. At most `limit`; gives how many. */
export function pruneFindings(db: Db, keptMs: number, limit: number): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from detections where id in (
        select id from detections where resolved_at < now() - ${keptMs / 1000}::double precision * interval '1 second'
        order by resolved_at limit ${limit}::int)
      returning id`)
    return rows.length
  })
}
