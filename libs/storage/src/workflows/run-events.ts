import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { workflowRunEvents } from '../schema/workflows/workflow-run-events.ts'

/** An event to be appended. */
export interface NewRunEvent {
  readonly type: string
  readonly nodeKey: string | null
  /** JSON. */
  readonly data: string
}

/** An event of a run. */
export interface StoredRunEvent extends NewRunEvent {
  readonly seq: number
  readonly createdAt: Date
  /** Milliseconds since it was appended, by the clock of the database. */
  readonly ageMs: number
}

/** The events of a run after a position, in order: at most `limit` of them. */
export function readRunEvents(
  db: Db,
  runId: string,
  { after = 0, limit }: { readonly after?: number; readonly limit: number },
): Promise<StoredRunEvent[]> {
  return coded(() =>
    db
      .select({
        seq: workflowRunEvents.seq,
        type: workflowRunEvents.type,
        nodeKey: workflowRunEvents.nodeKey,
        data: workflowRunEvents.data,
        createdAt: workflowRunEvents.createdAt,
        ageMs: sql<number>`(extract(epoch from now() - ${workflowRunEvents.createdAt}) * 1000)::double precision`,
      })
      .from(workflowRunEvents)
      .where(and(eq(workflowRunEvents.runId, runId), gt(workflowRunEvents.seq, after)))
      .orderBy(asc(workflowRunEvents.seq))
      .limit(limit),
  )
}

/** All events of a run. */
export async function readRunLog(db: Db, runId: string): Promise<StoredRunEvent[]> {
  const all: StoredRunEvent[] = []
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one part after the other
    const part = await readRunEvents(db, runId, { after: all.at(-1)?.seq ?? 0, limit: PART })
    all.push(...part)
    if (part.length < PART) return all
  }
}

/** Appends events after a position. Any number: a statement has at most 65,535 parameters. */
export async function insertRunEvents(
  tx: Db,
  runId: string,
  after: number,
  events: readonly NewRunEvent[],
): Promise<void> {
  for (let at = 0; at < events.length; at += INSERTED) {
    const rows = events.slice(at, at + INSERTED)
    // oxlint-disable-next-line no-await-in-loop -- one connection
    await tx
      .insert(workflowRunEvents)
      .values(rows.map((event, n) => ({ ...event, runId, seq: after + at + n + 1 })))
  }
}

/** Events of one query, and of one insert. */
const PART = 2000
const INSERTED = 500
