import { and, eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { callGraphNodes } from '../schema/call-graph/call-graph-nodes.ts'
import type { CallStatus } from '../schema/call-graph/families.ts'

/** A call of the call graph; `requestId` is its call id. */
export type StoredCall = typeof callGraphNodes.$inferSelect

/** The call with this id; undefined when it has not ended, or was never written. */
export function getCall(db: Db, callId: string): Promise<StoredCall | undefined> {
  return coded(async () => {
    const [row] = await db.select().from(callGraphNodes).where(eq(callGraphNodes.requestId, callId))
    return row
  })
}

export interface CallsBelow {
  /** The calls below the root, parents before children, then by start. */
  readonly calls: readonly StoredCall[]
  /** False when there are more than were asked for. */
  readonly complete: boolean
}

export interface CallTree extends CallsBelow {
  readonly root: StoredCall
}

/** A call and the calls that it made, and those that they made, at most `limit` of them (default 1 000). */
export function getCallTree(db: Db, callId: string, limit = 1000): Promise<CallTree | undefined> {
  return coded(async () => {
    const root = await getCall(db, callId)
    return root && { root, ...(await getCallsBelow(db, callId, limit)) }
  })
}

/** The calls below one that need not have ended itself, at most `limit` of them (default 1 000). */
export function getCallsBelow(db: Db, callId: string, limit = 1000): Promise<CallsBelow> {
  return coded(async () => {
    // `not in path` ends the walk if ids ever made a circle.
    const found = sql`(
      with recursive tree as (
        select ${callId}::text as request_id, 0 as depth, array[${callId}::text] as path
        union all
        select c.request_id, tree.depth + 1, tree.path || c.request_id
        from tree join call_graph_nodes c on c.parent_request_id = tree.request_id
        where tree.depth < 64 and c.request_id <> all(tree.path)
      )
      select request_id, depth from tree where depth > 0
    )`
    const rows = await db
      .select({ call: callGraphNodes })
      .from(callGraphNodes)
      .innerJoin(sql`${found} as found`, sql`found.request_id = ${callGraphNodes.requestId}`)
      .orderBy(sql`found.depth, ${callGraphNodes.startedAt}, ${callGraphNodes.id}`)
      .limit(limit + 1)
    const calls = rows.map((row) => row.call)
    return { calls: calls.slice(0, limit), complete: calls.length <= limit }
  })
}

export interface ListCalls extends PageRequest {
  readonly accountId?: string
  readonly status?: CallStatus
  readonly operationName?: string
}

/** Calls that have ended, newest start first. */
export function listCalls(db: Db, request: ListCalls = {}): Promise<Page<StoredCall>> {
  return coded(async () => {
    const { accountId, status, operationName } = request
    const list = ['calls', accountId, status, operationName] as const
    const keyset = new Keyset([callGraphNodes.startedAt, callGraphNodes.id], 'desc', list)
    const rows = await db
      .select()
      .from(callGraphNodes)
      .where(
        and(
          accountId === undefined ? undefined : eq(callGraphNodes.callerAccountId, accountId),
          status === undefined ? undefined : eq(callGraphNodes.status, status),
          operationName === undefined ? undefined : eq(callGraphNodes.operationName, operationName),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.startedAt, row.id])
  })
}
