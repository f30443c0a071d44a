import { sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { callDay, callDayOf, DAY_MS, DAYS_SCHEMA, REST } from './call-days.ts'
import type { CallDay } from './call-days.ts'

/** Key of the advisory lock; used by nothing else in the database. */
const LOCK = 7_255_102_131
/** Older days get no partition when their rows are in the default partition: they stay there until retention deletes them. */
const MAX_AGE_DAYS = 400
/** Milliseconds for moving the rows of one day. Writes to the default partition wait meanwhile. */
const MOVE_TIMEOUT_MS = 300_000

/** Inserts DDL text into a statement: names and bounds that this library generates. */
export const raw = (text: string) => sql.raw(text)

/** The partitions of days that exist, oldest first. */
export async function partitionDays(db: Db): Promise<CallDay[]> {
  const rows = await db.execute<{ name: string }>(sql`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'call_log'::regclass order by c.relname`)
  return rows.flatMap(({ name }) => callDayOf(name) ?? [])
}

/** The time of the database, in milliseconds since the epoch. */
export async function databaseNow(db: Db): Promise<number> {
  const [row] = await db.execute<{ ms: number }>(
    sql`select (extract(epoch from now()) * 1000)::double precision as ms`,
  )
  return Number(row?.ms)
}

/** The clock of the database now, inside a transaction as well, in milliseconds since the epoch. */
export function readDatabaseClock(db: Db): Promise<number> {
  return coded(async () => {
    const [row] = await db.execute<{ ms: number }>(
      sql`select (extract(epoch from clock_timestamp()) * 1000)::double precision as ms`,
    )
    return Number(row?.ms)
  })
}

export interface MadePartitions {
  /** Names of the created partitions, for instance `d20261128`. */
  readonly made: readonly string[]
  /** Rows that were moved out of the default partition. */
  readonly moved: number
}

/**
 * Creates the partitions of today and of the next `aheadDays` (default 7) days, and those of earlier days that have rows in the default
 * partition; these rows are moved. At most `MAX_AGE_DAYS` days back, and not of days that began more than `keepMs` milliseconds ago
 * (default: no limit), so that days which retention dropped are not created again. Does nothing while another process does it. Uses the
 * clock of the database. Throws UNAVAILABLE when a lock is not free in time: partitions created before stay, and the next run creates the
 * rest.
 */
export function makeCallPartitions(
  db: Db,
  {
    aheadDays = 7,
    keepMs = Infinity,
  }: { readonly aheadDays?: number; readonly keepMs?: number } = {},
): Promise<MadePartitions> {
  return coded(async () => {
    const made: string[] = []
    let moved = 0
    const nowMs = await databaseNow(db)
    for (const day of await missingDays(db, nowMs, aheadDays, nowMs - keepMs)) {
      const rows = await makePartition(db, day)
      if (rows === undefined) continue
      made.push(day.name)
      moved += rows
    }
    return { made, moved }
  })
}

/** Days that need a partition: today, the next days, then past days with rows in the default partition. */
async function missingDays(
  db: Db,
  nowMs: number,
  aheadDays: number,
  oldestMs: number,
): Promise<CallDay[]> {
  const there = new Set((await partitionDays(db)).map(({ name }) => name))
  const dayAt = (offset: number): CallDay => callDay(nowMs + offset * DAY_MS)
  const isMissing = ({ name }: CallDay): boolean => !there.has(name)
  const coming = Array.from({ length: aheadDays + 1 }, (_, at) => dayAt(at)).filter(isMissing)
  const past = Array.from({ length: MAX_AGE_DAYS }, (_, at) => dayAt(-at - 1))
    .filter(({ startMs }) => startMs >= oldestMs)
    .filter(isMissing)
  const held = await db.execute<{ place: string }>(sql`
    select d.place from unnest(${sql.param(past.map(({ from }) => from))}::uuid[],
      ${sql.param(past.map(({ to }) => to))}::uuid[]) with ordinality as d (low, high, place)
    where exists (select from ${raw(REST)} r where r.id >= d.low and r.id < d.high)`)
  return [...coming, ...held.flatMap(({ place }) => past[Number(place) - 1] ?? [])]
}

/** Creates one partition and moves its rows; undefined when it exists already, or another process creates it. */
function makePartition(db: Db, day: CallDay): Promise<number | undefined> {
  const table = `${DAYS_SCHEMA}.${day.name}`
  const range = raw(`id >= '${day.from}' and id < '${day.to}'`)
  return inTransaction(db, async (tx) => {
    const [lock] = await tx.execute<{ held: boolean; there: boolean }>(sql`
      select pg_try_advisory_xact_lock(${LOCK}::bigint) as held, to_regclass(${table}) is not null as there`)
    if (lock?.held !== true || lock.there) return undefined
    await tx.execute(sql`select set_config('statement_timeout', ${String(MOVE_TIMEOUT_MS)}, true)`)
    // No row may be added to the default partition between the move and the end of this transaction.
    await tx.execute(sql`lock table ${raw(REST)} in access exclusive mode`)
    await tx.execute(
      sql`create table ${raw(table)} (like call_log including defaults including constraints)`,
    )
    const moved = await tx.execute(sql`
      with moved as (delete from ${raw(REST)} where ${range} returning *)
      insert into ${raw(table)} select * from moved`)
    // Unlike `create table ... partition of`, this does not block readers and writers of the log.
    await tx.execute(sql`
      alter table call_log attach partition ${raw(table)} for values from (${raw(`'${day.from}'`)}) to (${raw(`'${day.to}'`)})`)
    return moved.count
  })
}
