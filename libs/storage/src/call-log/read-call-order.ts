import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { callLog } from '../schema/call-log/call-log.ts'
import { lowestIdOf } from './call-ids.ts'
import { databaseNow } from './call-partitions.ts'
import { accountCondition } from './list-calls.ts'
import type { WhoseCalls } from './list-calls.ts'

/** How often one operation was followed by another. */
export interface CallOrderEdge {
  readonly from: string
  readonly to: string
  /** `calls`: a call of `from` made one of `to`. `next`: the same call made one of `from` and, as its next call, one of `to`. */
  readonly kind: 'calls' | 'next'
  readonly count: number
}

export interface CallOrder {
  /** The names that were called, the most frequent first. */
  readonly operations: readonly { readonly operationName: string; readonly count: number }[]
  /** The most frequent first. */
  readonly edges: readonly CallOrderEdge[]
  /** False when there were more calls, names or edges than were read. */
  readonly complete: boolean
}

/** Calls that are read at most, the newest ones. */
const MAX_CALLS = 20_000

/**
 * Which operations were called after which, in the last `windowMs` milliseconds: from the newest 20,000 calls of these accounts that have ended. At most
 * `maxNames` names, and edges between them, `maxEdges` at most.
 */
export function readCallOrder(
  db: Db,
  whose: WhoseCalls,
  limits: { readonly windowMs: number; readonly maxNames: number; readonly maxEdges: number },
): Promise<CallOrder> {
  return coded(async () => {
    const sinceMs = (await databaseNow(db)) - limits.windowMs
    const ofAccounts = accountCondition(callLog.accountId, whose)
    const [row] = await db.execute<OrderRow>(sql`
      with recent as (
        select id, operation_name as name, parent_id, started_at from ${callLog}
        where id >= ${lowestIdOf(sinceMs)}::uuid ${ofAccounts && sql`and ${ofAccounts}`}
        order by id desc limit ${MAX_CALLS}::int),
      names as (select name, count(*)::int as calls from recent group by name order by calls desc, name limit ${limits.maxNames + 1}::int),
      shown as (select name, calls from names order by calls desc, name limit ${limits.maxNames}::int),
      pairs as (
        select caller.name as source, called.name as target, 'calls' as kind
        from recent called join recent caller on caller.id = called.parent_id
        union all
        select lag(name) over (partition by parent_id order by started_at, id), name, 'next' from recent where parent_id is not null),
      edges as (
        select source as "from", target as "to", kind, count(*)::int as count from pairs
        where source in (select name from shown) and target in (select name from shown)
        group by 1, 2, 3 order by count desc, 1, 2, 3 limit ${limits.maxEdges + 1}::int)
      select (select count(*)::int from recent) as calls, (select count(*)::int from names) as names,
        coalesce((select json_agg(json_build_object('operationName', name, 'count', calls) order by calls desc, name) from shown), '[]') as operations,
        coalesce((select json_agg(edges) from edges), '[]') as edges`)
    const { calls = 0, names = 0, operations = [], edges = [] } = row ?? {}
    return {
      operations,
      edges: edges.slice(0, limits.maxEdges),
      complete: calls < MAX_CALLS && names <= limits.maxNames && edges.length <= limits.maxEdges,
    }
  })
}

interface OrderRow extends Record<string, unknown> {
  readonly calls: number
  readonly names: number
  readonly operations: CallOrder['operations']
  readonly edges: CallOrder['edges']
}
