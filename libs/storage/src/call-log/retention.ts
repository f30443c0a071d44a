import { sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { callDay, DAY_MS, DAYS_SCHEMA, REST } from './call-days.ts'
import type { CallDay } from './call-days.ts'
import { lowestIdOf } from './call-ids.ts'
import { LATE_MS } from './call-log-batch.ts'
import { databaseNow, partitionDays, raw } from './call-partitions.ts'

/** Milliseconds to wait for the lock of the whole log, which blocks writing and reading of calls. */
const LOCK_TIMEOUT_MS = 1000
/** Days that callers are kept longer than the oldest partition: the day on which a call was written may be later than that of its id. */
const CALLER_SLACK_DAYS = 3

export interface PrunedCalls {
  /** Partitions that were dropped, each with all calls of a day. */
  readonly days: readonly string[]
  /** Rows that were deleted from the default partition. */
  readonly rows: number
  /** Deleted callers, to which no call refers any more. */
  readonly callers: number
}

/**
 * Deletes calls older than `keepMs` milliseconds by the later of the id's time and the end: whole partitions are dropped once all of their
 * calls are that old, so that a call is kept up to a day and an hour longer; rows of the default partition are deleted in steps of `limit`
 * (default 5 000). Throws UNAVAILABLE when a lock is not free within a second; partitions dropped before stay dropped.
 */
export function pruneCalls(db: Db, keepMs: number, limit = 5000): Promise<PrunedCalls> {
  return coded(async () => {
    const cutoffMs = (await databaseNow(db)) - keepMs
    const days: string[] = []
    const partitions = await partitionDays(db)
    for (const day of partitions) {
      if (day.endMs + LATE_MS <= cutoffMs && (await dropDay(db, day, cutoffMs))) days.push(day.name)
    }
    let rows = 0
    for (let deleted = limit; deleted >= limit; rows += deleted)
      deleted = await deleteFromRest(db, cutoffMs, limit)
    const oldest = partitions.find(({ name }) => !days.includes(name))
    const callers = await deleteCallers(db, Math.min(cutoffMs, oldest?.startMs ?? cutoffMs))
    return { days, rows, callers }
  })
}

/** False when a call of the day ended too late. Checked under the lock, so that no such call is written in between. */
function dropDay(db: Db, day: CallDay, cutoffMs: number): Promise<boolean> {
  const table = raw(`${DAYS_SCHEMA}.${day.name}`)
  const isKept = sql`exists (
    select from ${table} where late and ended_at >= to_timestamp(${cutoffMs / 1000}::double precision)) as kept`
  return inTransaction(db, async (tx) => {
    const [before] = await tx.execute<{ kept: boolean }>(sql`select ${isKept}`)
    if (before?.kept === true) return false
    await tx.execute(sql`select set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`)
    await tx.execute(sql`lock table only call_log in access exclusive mode`)
    const [now] = await tx.execute<{ kept: boolean }>(sql`select ${isKept}`)
    if (now?.kept === true) return false
    await tx.execute(sql`drop table ${table}`)
    return true
  })
}

async function deleteFromRest(db: Db, cutoffMs: number, limit: number): Promise<number> {
  // An id that is not a UUIDv7 holds no time: then only the end of the call counts.
  const rows = await db.execute(sql`
    delete from ${raw(REST)} where id in (
      select id from ${raw(REST)}
      where ended_at < to_timestamp(${cutoffMs / 1000}::double precision)
        and (id < ${lowestIdOf(cutoffMs)}::uuid or substr(id::text, 15, 1) <> '7')
      limit ${limit})`)
  return rows.count
}

async function deleteCallers(db: Db, oldestMs: number): Promise<number> {
  const before = new Date(callDay(oldestMs - CALLER_SLACK_DAYS * DAY_MS).startMs)
  const rows = await db.execute(
    sql`delete from call_callers where day < ${before.toISOString().slice(0, 10)}::date`,
  )
  return rows.count
}

/**
 * Deletes `depends_on` edges with an end that is not in the call log, at most `limit` (default 5 000): the call was pruned, or was not
 * written within `graceMs` milliseconds of its edge. `triggered` edges need no repair: they follow from the calls. Returns how many were
 * deleted: call again while it returns that many.
 */
export function repairEdges(db: Db, graceMs: number, limit = 5000): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from call_links where (source_id, target_id) in (
        select link.source_id, link.target_id from call_links link
        where link.created_at < now() - ${graceMs / 1000}::double precision * interval '1 second'
          and (not exists (select from call_log source where source.id = link.source_id)
            or not exists (select from call_log target where target.id = link.target_id))
        limit ${limit})`)
    return rows.count
  })
}

/**
 * Deletes a definition; its calls are shown with `__removed__` from then on. False when there is none, or when a provider still
 * offers it: then nothing changes.
 */
export function deleteOperation(db: Db, operationId: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from operations o
      where o.id = ${operationId} and o.id <> '__removed__' and o.service is null
        and not exists (
          select from operation_registrations r where r.operation_id = o.id and r.status <> 'inactive')`)
    return rows.count === 1
  })
}
