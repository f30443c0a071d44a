import { and, eq, gte, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { callGraphEdges } from '../schema/call-log/call-graph-edges.ts'
import { callLog } from '../schema/call-log/call-log.ts'
import type { CallEdgeType } from '../schema/call-log/families.ts'
import { isUuid, lowestIdOf } from './call-ids.ts'
import { callColumns, storedCall, summaryColumns } from './stored-call.ts'
import type { CallSummary, StoredCall } from './stored-call.ts'

/** Maximum levels of a tree that are read; calls cannot be nested deeper. */
const MAX_LEVELS = 64
/** Milliseconds by which a call's id may be older than its caller's, because the clocks of processes differ. */
const CLOCK_SKEW_MS = 3_600_000

/** The call with this id; undefined when it has not ended, or was never written. */
export function getCall(db: Db, callId: string): Promise<StoredCall | undefined> {
  return coded(async () => {
    if (!isUuid(callId)) return undefined
    const [row] = await db.select(callColumns).from(callLog).where(eq(callLog.id, callId))
    return row && storedCall(row)
  })
}

export interface CallsBelow {
  /** The calls below the root, parents before children, then by start. */
  readonly calls: readonly StoredCall[]
  /** False when there are more calls, or more levels, than were requested. */
  readonly complete: boolean
}

export interface CallTree extends CallsBelow {
  readonly root: StoredCall
}

/** A call and all calls below it, at most `limit` (default 1 000). */
export function getCallTree(db: Db, callId: string, limit = 1000): Promise<CallTree | undefined> {
  return coded(async () => {
    const root = await getCall(db, callId)
    return root && { root, ...(await getCallsBelow(db, callId, limit)) }
  })
}

/**
 * The calls below one, at most `limit` (default 1 000); that one need not have ended. One query per level, each by the index of
 * the parents, without partitions older than the root.
 */
export function getCallsBelow(db: Db, callId: string, limit = 1000): Promise<CallsBelow> {
  return coded(async () => {
    const { calls, complete } = await walkBelow(callId, limit, MAX_LEVELS, (where, most) =>
      db
        .select(callColumns)
        .from(callLog)
        .where(where)
        .orderBy(callLog.startedAt, callLog.id)
        .limit(most),
    )
    return { calls: calls.map((row) => storedCall(row)), complete }
  })
}

export interface CallOutline {
  /** Parents before children, then by start. */
  readonly calls: readonly CallSummary[]
  /** False when there are more calls, or more levels, than were requested. */
  readonly complete: boolean
}

/** The same without payloads: at most `limit` calls of at most `levels` levels (64 at most) below one. */
export function getCallOutline(
  db: Db,
  callId: string,
  limit: number,
  levels: number,
): Promise<CallOutline> {
  return coded(() =>
    walkBelow(callId, limit, Math.min(levels, MAX_LEVELS), (where, most) =>
      db
        .select(summaryColumns)
        .from(callLog)
        .where(where)
        .orderBy(callLog.startedAt, callLog.id)
        .limit(most),
    ),
  )
}

async function walkBelow<Row extends { readonly id: string }>(
  callId: string,
  limit: number,
  levels: number,
  read: (where: SQL | undefined, most: number) => PromiseLike<Row[]>,
): Promise<{ readonly calls: readonly Row[]; readonly complete: boolean }> {
  if (!isUuid(callId)) return { calls: [], complete: true }
  const root = callId.toLowerCase()
  const from = earliestChild(root)
  const seen = [root]
  const calls: Row[] = []
  let parents = [root]
  for (let level = 0; parents.length > 0; level++) {
    const below = and(
      sql`${callLog.parentId} = any(${sql.param(parents)}::uuid[])`,
      // Ends the walk if ids ever form a cycle.
      sql`${callLog.id} <> all(${sql.param(seen)}::uuid[])`,
      gte(callLog.id, from),
    )
    // Of the level below the last one, only its existence is read.
    const isBeyond = level >= levels
    const rows = await read(below, isBeyond ? 1 : limit - calls.length + 1)
    if (isBeyond) return { calls, complete: rows.length === 0 }
    calls.push(...rows)
    if (calls.length > limit) return { calls: calls.slice(0, limit), complete: false }
    parents = rows.map(({ id }) => id)
    seen.push(...parents)
  }
  return { calls, complete: true }
}

/** The lowest id that a call below this one can have; the lowest of all when the id holds no time. */
function earliestChild(callId: string): string {
  const isTimed = callId[14] === '7'
  const ms = Number.parseInt(callId.slice(0, 8) + callId.slice(9, 13), 16)
  return lowestIdOf(isTimed ? ms - CLOCK_SKEW_MS : 0)
}

export interface CallEdge {
  readonly sourceId: string
  readonly targetId: string
  readonly edgeType: CallEdgeType
}

/** The edges to these calls: from their callers, and from the calls whose results they needed. */
export function getCallEdges(db: Db, callIds: readonly string[]): Promise<CallEdge[]> {
  return coded(async () => {
    const ids = callIds.filter((id) => isUuid(id))
    return db
      .select()
      .from(callGraphEdges)
      .where(sql`${callGraphEdges.targetId} = any(${sql.param(ids)}::uuid[])`)
  })
}
