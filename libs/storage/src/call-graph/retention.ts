import { sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/**
 * Deletes calls that started more than `keepMs` milliseconds ago, with their edges, at most `limit` (default 5 000): call
 * again while it gives that many. Small steps, so that nobody waits long behind it.
 */
export function pruneCalls(db: Db, keepMs: number, limit = 5000): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from call_graph_nodes where id in (
        select id from call_graph_nodes
        where started_at < now() - ${keepMs / 1000}::double precision * interval '1 second'
        order by started_at, id limit ${limit}
      ) returning id`)
    return rows.length
  })
}

/**
 * Writes the `triggered` edges that are missing among calls of the last `sinceMs` milliseconds (a process died between
 * writing the calls and the edges), at most `limit` (default 5 000). Gives how many were written: call again while it gives that many.
 */
export function repairEdges(db: Db, sinceMs: number, limit = 5000): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      insert into call_graph_edges (id, source_id, target_id, edge_type)
      select uuidv7_text(), caller.id, called.id, 'triggered'
      from call_graph_nodes called
      join call_graph_nodes caller on caller.request_id = called.parent_request_id
      where called.started_at >= now() - ${sinceMs / 1000}::double precision * interval '1 second'
        and caller.id <> called.id
        and not exists (
          select from call_graph_edges edge
          where edge.source_id = caller.id and edge.target_id = called.id and edge.edge_type = 'triggered')
      limit ${limit}
      on conflict (source_id, target_id, edge_type) do nothing
      returning id`)
    return rows.length
  })
}

/**
 * Deletes a definition; its calls point at `__removed__` from then on. False when there is none, or when a provider still
 * offers it: then nothing changes.
 */
export function deleteOperation(db: Db, operationId: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const [free] = await tx.execute(sql`
        select o.id from operations o
        where o.id = ${operationId} and o.id <> '__removed__' and o.service is null
          and not exists (
            select from operation_registrations r where r.operation_id = o.id and r.status <> 'inactive')
        for update`)
    if (free === undefined) return false
    await tx.execute(
      sql`update call_graph_nodes set operation_id = '__removed__', updated_at = now() where operation_id = ${operationId}`,
    )
    await tx.execute(sql`delete from operations where id = ${operationId}`)
    return true
  })
}
