import { sql } from 'drizzle-orm'
import { interval, textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** Calls that are read at most, the newest ones. */
const MAX_CALLS = 5000

/** How long a provider took for its requests that ended well, in milliseconds. */
export interface ProviderLatency {
  readonly requests: number
  /** Until the whole answer was there, for half and for 95 % of the requests. */
  readonly p50Ms: number
  readonly p95Ms: number
  /** Until the first token of a stream; undefined without streams. */
  readonly firstTokenP50Ms?: number
  readonly firstTokenP95Ms?: number
}

interface Row extends Record<string, unknown> {
  readonly provider: string
  readonly requests: number
  readonly total: readonly number[]
  readonly first: readonly (number | null)[] | null
}

/**
 * The latencies of these providers, by name, over the newest 5,000 calls that began in the last `windowMs` milliseconds. Each attempt counts
 * for the provider that it asked. A provider without a request that ended well is absent.
 */
export function readLatencies(
  db: Db,
  providers: readonly string[],
  windowMs: number,
): Promise<ReadonlyMap<string, ProviderLatency>> {
  return coded(async () => {
    const rows = await db.execute<Row>(sql`
      with recent as (
        select id from inference_usage
        where started_at >= now() - ${interval(windowMs)} and ended_at is not null
        order by started_at desc limit ${MAX_CALLS}::int)
      select a.provider, count(*)::int as requests,
        percentile_disc(array[0.5, 0.95]) within group (order by a.total_ms) as total,
        percentile_disc(array[0.5, 0.95]) within group (order by a.first_token_ms) as first
      from recent r join inference_attempts a on a.call_id = r.id
      where a.code is null and a.provider = any(${textArray(providers)})
      group by a.provider`)
    return new Map(rows.map((row) => [row.provider, latencyOf(row)]))
  })
}

function latencyOf({ requests, total, first }: Row): ProviderLatency {
  const [p50Ms = 0, p95Ms = 0] = total
  const [firstTokenP50Ms, firstTokenP95Ms] = first ?? []
  return {
    requests,
    p50Ms,
    p95Ms,
    ...(firstTokenP50Ms != null && { firstTokenP50Ms }),
    ...(firstTokenP95Ms != null && { firstTokenP95Ms }),
  }
}
