import { sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { callLog } from '../schema/call-log/call-log.ts'
import { callStats } from '../schema/call-log/call-stats.ts'
import { callStatsProgress } from '../schema/call-log/call-stats-progress.ts'
import { lowestIdOf } from './call-ids.ts'
import { databaseNow } from './call-partitions.ts'
import { bucketOf } from './duration-buckets.ts'

export const MINUTE_MS = 60_000
/** Key of the advisory lock; used by nothing else in the database. */
const LOCK = 7_255_102_132
/** A record may be written long after its call was dispatched: every minute is counted again after these minutes. */
const DELAYS_MINUTES = [61, 11, 1] as const
/** Minutes of one transaction. */
const STEP_MINUTES = 30
/** Calls that end later than the last pass are looked for in this time before now. */
const LATE_MS = 86_400_000
/** Time between the end of a call and its record, at most. */
const LATE_WRITE_MS = 10 * MINUTE_MS
/** Names of operations that are counted apart for one account in one minute: a caller may invent names. */
const MAX_NAMES = 200
/** The name under which the rest is counted. No operation can have it. */
export const OTHER_OPERATIONS = '(other)'

/** The time in the id of a call, in milliseconds since the epoch. */
const idMs = sql`('x' || left(replace(${callLog.id}::text, '-', ''), 12))::bit(48)::bigint`
const instantOf = (ms: number) => sql`to_timestamp(${ms / 1000}::double precision)`

/**
 * Counts the minutes that are due: 1, 11 and 61 minutes after their end, going back at most `backMs` milliseconds, and those of calls that
 * ended an hour or more after their dispatch, within a day. Does nothing while another process counts. Uses the clock of the database.
 * Returns the number of minutes that were counted.
 */
export function countCallStats(db: Db, backMs: number, signal?: AbortSignal): Promise<number> {
  return coded(async () => {
    let minutes = 0
    for (const delay of DELAYS_MINUTES) {
      for (let step = STEP_MINUTES; step === STEP_MINUTES; minutes += step) {
        if (signal?.aborted === true) return minutes
        // oxlint-disable-next-line no-await-in-loop -- one transaction after another
        step = await countStep(db, delay, backMs)
      }
    }
    return minutes
  })
}

/** Counts up to 30 minutes of one pass. A minute that a late pass counts is not counted again by the earlier ones. */
function countStep(db: Db, delay: number, backMs: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    const [lock] = await tx.execute<{ held: boolean }>(
      sql`select pg_try_advisory_xact_lock(${LOCK}::bigint) as held`,
    )
    if (lock?.held !== true) return 0
    const nowMs = await databaseNow(tx)
    const [row] = await tx
      .select()
      .from(callStatsProgress)
      .where(sql`${callStatsProgress.delayMinutes} = ${delay}::int`)
    const oldest = nowMs - backMs
    const known = row?.countedUntil.getTime()
    const from = floorMinute(Math.max(known ?? oldest, oldest))
    const until = Math.min(floorMinute(nowMs) - delay * MINUTE_MS, from + STEP_MINUTES * MINUTE_MS)
    if (until <= from) return 0
    await recount(tx, from, until)
    // With the last pass, because it runs once a minute too. `known` is the time of the run before minus the delay.
    if (delay === DELAYS_MINUTES[0] && known !== undefined)
      await recountLate(tx, known + delay * MINUTE_MS - LATE_WRITE_MS, nowMs)
    for (const one of DELAYS_MINUTES)
      if (one <= delay)
        // oxlint-disable-next-line no-await-in-loop -- one statement at a time
        await tx.execute(sql`
          insert into call_stats_progress (delay_minutes, counted_until) values (${one}, ${instantOf(until)})
          on conflict (delay_minutes) do update
          set counted_until = greatest(call_stats_progress.counted_until, excluded.counted_until)`)
    return (until - from) / MINUTE_MS
  })
}

function floorMinute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS
}

/** Counts the minutes again whose calls ended an hour or more after their dispatch. `endedMs`: the calls that ended from then on. */
async function recountLate(tx: Db, endedMs: number, nowMs: number): Promise<void> {
  const rows = await tx.execute<{ minute: string }>(sql`
    select distinct ${idMs} / ${MINUTE_MS}::int as minute from ${callLog}
    where late and ended_at >= ${instantOf(endedMs)} and id >= ${lowestIdOf(nowMs - LATE_MS)}::uuid`)
  for (const { minute } of rows) {
    const from = Number(minute) * MINUTE_MS
    // oxlint-disable-next-line no-await-in-loop -- one statement at a time
    await recount(tx, from, from + MINUTE_MS)
  }
}

/** Replaces the rows of the minutes from one instant to another. */
async function recount(tx: Db, fromMs: number, untilMs: number): Promise<void> {
  await tx.execute(sql`
    delete from ${callStats} where minute >= ${instantOf(fromMs)} and minute < ${instantOf(untilMs)}`)
  await tx.execute(sql`
    with cells as (
      select ${idMs} / ${MINUTE_MS}::int as minute, operation_name, spoke_id, account_id, ${bucketOf(callLog.totalMs)} as bucket,
        count(*) as calls, count(*) filter (where status <> 'completed') as errors
      from ${callLog}
      where id >= ${lowestIdOf(fromMs)}::uuid and id < ${lowestIdOf(untilMs)}::uuid
      group by 1, 2, 3, 4, 5),
    totals as (
      select *, sum(calls) over (partition by minute, account_id, operation_name, spoke_id) as total from cells),
    ranked as (
      select *, dense_rank() over (
        partition by minute, account_id order by total desc, operation_name, spoke_id) as place from totals),
    merged as (
      select minute, case when place <= ${MAX_NAMES}::int then operation_name else ${OTHER_OPERATIONS}::text end as operation_name,
        case when place <= ${MAX_NAMES}::int then spoke_id end as spoke_id, account_id, bucket,
        sum(calls)::int as calls, sum(errors)::int as errors
      from ranked group by 1, 2, 3, 4, 5)
    insert into call_stats (minute, operation_name, spoke_id, account_id, count, errors, buckets, bucket_counts)
    select to_timestamp(minute * 60), operation_name, spoke_id, account_id, sum(calls), sum(errors),
      array_agg(bucket order by bucket), array_agg(calls order by bucket)
    from merged group by 1, 2, 3, 4`)
}

/** Deletes counts of minutes that are older than `keptMs` milliseconds, at most `limit` rows. Returns how many were deleted. */
export function pruneCallStats(db: Db, keptMs: number, limit: number): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from ${callStats} where ctid = any(array(
        select ctid from ${callStats} where minute < now() - ${keptMs / 1000}::double precision * interval '1 second'
        order by minute limit ${limit}::int))`)
    return rows.count
  })
}
