import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { callLog } from '../schema/call-log/call-log.ts'
import { callStats } from '../schema/call-log/call-stats.ts'
import { callStatsProgress } from '../schema/call-log/call-stats-progress.ts'
import { isUuid, lowestIdOf } from './call-ids.ts'
import { databaseNow } from './call-partitions.ts'
import { bucketOf, quantileMs } from './duration-buckets.ts'
import type { DurationHistogram } from './duration-buckets.ts'
import { accountCondition } from './list-calls.ts'
import type { WhoseCalls } from './list-calls.ts'

/** What the calls are counted by. */
export type StatsKey = 'minute' | 'operation' | 'spoke' | 'account'

export interface CallStatsFilter extends WhoseCalls {
  /** The name that the caller used. */
  readonly operationName?: string
  readonly spokeId?: string
}

export interface ReadCallStats extends CallStatsFilter, PageRequest {
  readonly by: readonly StatsKey[]
  /** Minutes that are counted as one, with `minute` in `by`. */
  readonly stepMinutes: number
  readonly since: Date
  readonly until: Date
}

/** Calls with the same values of the keys that were asked for; a key that was not asked for, or has no value, is undefined. */
export interface CallStatsGroup {
  readonly minute?: Date
  readonly operationName?: string
  readonly spokeId?: string
  readonly accountId?: string
  readonly count: number
  readonly errors: number
  /** Durations in milliseconds below which this part of the calls lies; off by 9 % at most. 0 without calls. */
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

const KEYS = [
  callStats.minute,
  callStats.operationName,
  callStats.spokeId,
  callStats.accountId,
] as const

/**
 * The counted calls of the minutes that begin from `since` on and before `until`, summed up by the keys and in the order of minute,
 * operation, spoke and account.
 */
export function readCallStats(db: Db, request: ReadCallStats): Promise<Page<CallStatsGroup>> {
  return coded(async () => {
    // Not the time window: one that ends now moves between two pages.
    const { limit: _limit, cursor: _cursor, since: _since, until: _until, ...filters } = request
    const keyset = new Keyset(KEYS, 'asc', ['call-stats', filters])
    const has = (key: StatsKey): boolean => request.by.includes(key)
    const stepSeconds = request.stepMinutes * 60
    const minute = sql`to_timestamp(floor(extract(epoch from minute) / ${stepSeconds}::int) * ${stepSeconds}::int)`
    const values = keyset.values(request)
    const after =
      values &&
      sql`where (minute, operation, spoke, account) > (${sql.join(
        [sql`${values[0]}::timestamptz`, ...values.slice(1).map((value) => sql`${value}::text`)],
        sql`, `,
      )})`
    const rows = await db.execute<GroupRow>(sql`
      with keyed as (
        select ${has('minute') ? minute : sql`'epoch'::timestamptz`} as minute,
          ${textKey(has('operation') && sql`operation_name`)} as operation,
          ${textKey(has('spoke') && sql`spoke_id::text`)} as spoke,
          ${textKey(has('account') && sql`account_id::text`)} as account, errors, buckets, bucket_counts
        from ${callStats}
        where minute >= ${request.since.toISOString()}::timestamptz and minute < ${request.until.toISOString()}::timestamptz
          ${filtersOf(callStats, request)}),
      cells as (
        select minute, operation, spoke, account, bucket, sum(calls)::bigint as calls,
          sum(case when place = 1 then errors else 0 end)::bigint as errors
        from keyed cross join lateral unnest(buckets, bucket_counts) with ordinality as cell (bucket, calls, place)
        ${after}
        group by 1, 2, 3, 4, 5)
      select (extract(epoch from minute) * 1000)::double precision as minute, operation, spoke, account, ${sums}
      from cells group by 1, 2, 3, 4, cells.minute
      order by cells.minute, operation, spoke, account limit ${Keyset.limit(request)}::int`)
    const keyOf = (row: GroupRow) => [
      new Date(row.minute).toISOString(),
      row.operation,
      row.spoke,
      row.account ?? '',
    ]
    const page = keyset.page(rows, request, keyOf)
    return {
      ...page,
      items: page.items.map((row) => ({
        ...(has('minute') && { minute: new Date(row.minute) }),
        ...groupOf(row),
      })),
    }
  })
}

/** The end of the last minute that was counted once; undefined when none was. */
export function callStatsCountedUntil(db: Db): Promise<Date | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(callStatsProgress)
      .where(sql`${callStatsProgress.delayMinutes} = 1`)
    return row?.countedUntil
  })
}

export interface RecentCalls {
  readonly total: CallStatsGroup
  /** The most frequent 200, the most frequent first. */
  readonly operations: readonly CallStatsGroup[]
  /** Likewise by spoke; calls that no spoke answered have no `spokeId`. */
  readonly spokes: readonly CallStatsGroup[]
  /** Milliseconds that the calls cover: shorter than was asked for when there were more calls than are read. */
  readonly windowMs: number
  /** True when only the newest calls of the window were read. */
  readonly sampled: boolean
}

/** Calls of the log that are read at most, the newest ones. */
const MAX_RECENT = 20_000
/** Groups of one kind that are returned at most. */
const MAX_GROUPS = 200
/** A record is written within this time of the end of its call. */
const WRITE_MS = 1000
/** `grouping(operation, spoke)` of the three kinds of groups. */
const KINDS = { operations: 1, spokes: 2, total: 3 } as const

/**
 * The calls of the last `windowMs` milliseconds that have ended, by operation and by spoke: read from the call log itself, at most the
 * newest 20,000, so that it needs no count before. The window ends a second ago, when nearly all records have been written.
 */
export function readRecentCalls(
  db: Db,
  filter: CallStatsFilter,
  windowMs: number,
): Promise<RecentCalls> {
  return coded(async () => {
    const untilMs = (await databaseNow(db)) - WRITE_MS
    const rows = await db.execute<RecentRow>(sql`
      with recent as (
        select id, operation_name, spoke_id, status, total_ms from ${callLog}
        where id >= ${lowestIdOf(untilMs - windowMs)}::uuid and id < ${lowestIdOf(untilMs)}::uuid ${filtersOf(callLog, filter)}
        order by id desc limit ${MAX_RECENT}::int),
      durations as (
        select operation_name as operation, ${textKey(sql`spoke_id::text`)} as spoke, ${bucketOf(sql`total_ms`)} as bucket, status
        from recent),
      cells as (
        select operation, spoke, bucket, grouping(operation, spoke) as kind, count(*) as calls,
          count(*) filter (where status <> 'completed') as errors
        from durations group by grouping sets ((operation, bucket), (spoke, bucket), (bucket))),
      groups as (
        select kind, coalesce(operation, '') as operation, coalesce(spoke, '') as spoke, ${sums},
          row_number() over (partition by kind order by sum(calls) desc, operation, spoke) as place
        from cells group by kind, operation, spoke)
      select *, (select id::text from recent order by id limit 1) as oldest
      from groups where place <= ${MAX_GROUPS}::int order by kind, place`)
    const of = (kind: number) => rows.filter((row) => row.kind === kind).map((row) => groupOf(row))
    const [total = NONE] = of(KINDS.total)
    const sampled = total.count >= MAX_RECENT
    const oldest = rows[0]?.oldest ?? ''
    const oldestMs = sampled ? msOf(oldest) : untilMs - windowMs
    return {
      total,
      operations: of(KINDS.operations),
      spokes: of(KINDS.spokes),
      windowMs: Math.max(1, untilMs - oldestMs),
      sampled,
    }
  })
}

const NONE: CallStatsGroup = { count: 0, errors: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 }

/** The time in a UUIDv7, in milliseconds since the epoch. */
function msOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

interface RecentRow extends GroupRow {
  readonly kind: number
  readonly oldest: string
}

interface GroupRow extends Record<string, unknown> {
  readonly minute: number
  readonly operation: string
  readonly spoke: string
  readonly account?: string
  readonly count: number
  readonly errors: number
  readonly buckets: readonly number[]
  readonly counts: readonly number[]
}

/** The numbers of one group of cells. */
const sums = sql`sum(calls)::double precision as count, sum(errors)::double precision as errors,
  array_agg(bucket::int order by bucket) as buckets, array_agg(calls::double precision order by bucket) as counts`

/** A key as text without null, in the order of its bytes. */
function textKey(key: SQL | false): SQL {
  return key === false ? sql`''` : sql`coalesce(${key}, '') collate "C"`
}

function groupOf(row: GroupRow): CallStatsGroup {
  const { operation, spoke, account = '', count, errors } = row
  const histogram: DurationHistogram = { buckets: row.buckets, bucketCounts: row.counts }
  return {
    ...(operation !== '' && { operationName: operation }),
    ...(spoke !== '' && { spokeId: spoke }),
    ...(account !== '' && { accountId: account }),
    count,
    errors,
    p50Ms: quantileMs(histogram, 0.5),
    p95Ms: quantileMs(histogram, 0.95),
    p99Ms: quantileMs(histogram, 0.99),
  }
}

/** The filters as further conditions. */
function filtersOf(table: typeof callStats | typeof callLog, filter: CallStatsFilter): SQL {
  const { operationName, spokeId } = filter
  const conditions = [
    accountCondition(table.accountId, filter),
    operationName === undefined ? undefined : sql`${table.operationName} = ${operationName}`,
    spokeId === undefined
      ? undefined
      : isUuid(spokeId)
        ? sql`${table.spokeId} = ${spokeId}::uuid`
        : sql`false`,
  ].filter((condition) => condition !== undefined)
  return sql.join(
    conditions.map((condition) => sql`and ${condition}`),
    sql` `,
  )
}
