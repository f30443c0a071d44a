import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { callDay, DAY_MS } from './call-days.ts'
import { makeCallPartitions, partitionDays } from './call-partitions.ts'
import { insertCallRecords } from './insert-call-records.ts'
import { getCall } from './read-calls.ts'
import { pruneCalls } from './retention.ts'
import { callIdAt, testRecord } from './test-record.ts'

let database: TestDatabase
let opened: Database
const db = () => opened.db
const today = callDay(Date.now())

beforeEach(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
  // It is a copy of one that may have been made yesterday.
  for (const { name } of await partitionDays(db()))
    if (name < today.name) await opened.sql`drop table ${opened.sql(`call_log_days.${name}`)}`
  await makeCallPartitions(db())
})
afterEach(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

/** A record of a call that was dispatched this many days before today, and ended another number of days before today. */
const aged = (ageDays: number, endedDaysAgo = ageDays) => {
  const ms = today.startMs - ageDays * DAY_MS + 1000
  const endedAtMs = today.startMs - endedDaysAgo * DAY_MS + 1000
  return testRecord({ callId: callIdAt(ms), startedAtMs: ms, endedAtMs })
}
const dayName = (ageDays: number) => callDay(today.startMs - ageDays * DAY_MS).name
const partitionOf = async (callId: string) => {
  const [row] = await opened.sql<{ name: string }[]>`
    select c.relname as name from call_log l join pg_class c on c.oid = l.tableoid where l.id = ${callId}`
  return row?.name
}
const names = async () => (await partitionDays(db())).map(({ name }) => name)

test('a new database has the partitions of today and the following week, and a call is stored in the one of its id', async () => {
  expect(await names()).toEqual(Array.from({ length: 8 }, (_, at) => dayName(-at)))
  const call = testRecord()
  await insertCallRecords(db(), [call])
  expect(await partitionOf(call.callId)).toBe(today.name)
  expect(await makeCallPartitions(db())).toEqual({ made: [], moved: 0 })
})

test('a call of a day without a partition is stored in the default partition, and moved when its partition is created', async () => {
  const calls = [aged(3), aged(3), aged(2), aged(-9)]
  await insertCallRecords(db(), calls)
  for (const { callId } of calls) expect(await partitionOf(callId)).toBe('rest')
  expect(await makeCallPartitions(db(), { aheadDays: 9 })).toEqual({
    made: [dayName(-8), dayName(-9), dayName(2), dayName(3)],
    moved: 4,
  })
  expect(await partitionOf(calls[0]?.callId ?? '')).toBe(dayName(3))
  expect(await partitionOf(calls[3]?.callId ?? '')).toBe(dayName(-9))
  expect(await getCall(db(), calls[2]?.callId ?? '')).toMatchObject({
    input: { path: 'README.md' },
  })
  expect((await insertCallRecords(db(), calls)).inserted).toBe(0)
})

test('replicas that create partitions concurrently create each one once', async () => {
  await insertCallRecords(db(), [aged(3), aged(4), aged(5)])
  const all = await Promise.all(
    Array.from({ length: 5 }, () => makeCallPartitions(db(), { aheadDays: 12 })),
  )
  await makeCallPartitions(db(), { aheadDays: 12 })
  const made = all.flatMap((one) => one.made)
  expect(new Set(made).size).toBe(made.length)
  expect(await names()).toEqual(
    [5, 4, 3].map(dayName).concat(Array.from({ length: 13 }, (_, at) => dayName(-at))),
  )
})

test('calls that are written while their partition is created are stored once each', async () => {
  const calls = Array.from({ length: 60 }, () => aged(2))
  const writing = calls.map(async (call) => insertCallRecords(db(), [call, call]))
  await Promise.all([makeCallPartitions(db()), ...writing])
  for (const { rejected } of await Promise.all(writing)) expect(rejected).toEqual([])
  await makeCallPartitions(db())
  const rows = await opened.sql<{ name: string }[]>`
    select c.relname as name from call_log l join pg_class c on c.oid = l.tableoid`
  expect(rows.map(({ name }) => name)).toEqual(calls.map(() => dayName(2)))
})

test('a call that waits while the partition of its day is created is stored in it, and not refused', async () => {
  const call = aged(2)
  const day = callDay(today.startMs - 2 * DAY_MS)
  const written = await opened.sql.begin(async (creator) => {
    await creator`lock table call_log_days.rest in access exclusive mode`
    await creator.unsafe(`create table call_log_days.${day.name} (like call_log including all)`)
    await creator.unsafe(
      `alter table call_log attach partition call_log_days.${day.name} for values from ('${day.from}') to ('${day.to}')`,
    )
    const writing = insertCallRecords(db(), [call])
    await expect
      .poll(() => creator`select from pg_locks where not granted`, { timeout: 20_000 })
      .toHaveLength(1)
    return { writing }
  })
  expect(await written.writing).toEqual({ inserted: 1, rejected: [] })
  expect(await partitionOf(call.callId)).toBe(day.name)
})

test('a created partition has the indexes and rules of the log', async () => {
  await insertCallRecords(db(), [aged(2)])
  await makeCallPartitions(db())
  const of = (table: string) => opened.sql<{ definition: string }[]>`
    select regexp_replace(indexdef, '^.* USING', '') as definition from pg_indexes
    where schemaname = 'call_log_days' and tablename = ${table} order by 1`
  expect([...(await of(dayName(2)))]).toEqual([...(await of(today.name))])
  expect(await of(dayName(2))).toHaveLength(8)
  await expect(opened.sql`update call_log set attempts = -1`).rejects.toMatchObject({
    code: '23514',
  })
})

test('retention drops the days whose calls are all older, by the later of dispatch and end', async () => {
  const [old, late, young] = [aged(40), aged(39, 20), aged(29)]
  await insertCallRecords(db(), [old, aged(39), late, young])
  await makeCallPartitions(db())
  expect(await pruneCalls(db(), 30 * DAY_MS)).toMatchObject({ days: [dayName(40)], rows: 0 })
  expect(await getCall(db(), old.callId)).toBeUndefined()
  expect(await getCall(db(), late.callId)).toBeDefined()
  expect(await pruneCalls(db(), 19 * DAY_MS)).toMatchObject({ days: [dayName(39), dayName(29)] })
  expect(await getCall(db(), late.callId)).toBeUndefined()
})

test('a call that arrives after its day was dropped is kept in the default partition until it is old itself', async () => {
  await insertCallRecords(db(), [aged(40)])
  await makeCallPartitions(db())
  await pruneCalls(db(), 30 * DAY_MS)
  const late = aged(40, 0)
  await insertCallRecords(db(), [late])
  expect(await makeCallPartitions(db(), { keepMs: 30 * DAY_MS })).toEqual({ made: [], moved: 0 })
  expect(await pruneCalls(db(), 30 * DAY_MS)).toMatchObject({ days: [], rows: 0 })
  expect(await partitionOf(late.callId)).toBe('rest')
  await opened.sql`update call_log set ended_at = now() - interval '31 days'`
  expect(await pruneCalls(db(), 30 * DAY_MS)).toMatchObject({ days: [], rows: 1 })
})

test('ids that do not tell a time stay in the default partition and go by the end of their calls, in steps', async () => {
  const calls = Array.from({ length: 7 }, () => ({ ...aged(40) }))
  for (const [at, call] of calls.entries())
    Object.assign(call, {
      header: { ...call.header, callId: `ffffffff-0000-4000-8000-00000000000${at}` },
    })
  const young = testRecord({ callId: 'ffffffff-0000-4000-8000-00000000000a' })
  await insertCallRecords(db(), [...calls, young])
  expect(await makeCallPartitions(db())).toEqual({ made: [], moved: 0 })
  expect(await pruneCalls(db(), 30 * DAY_MS, 2)).toMatchObject({ rows: 7 })
  expect(await getCall(db(), young.callId)).toBeDefined()
})

test('a day is not dropped while the log is read for longer than a second: the failure says so, and the next run drops it', async () => {
  const old = aged(40)
  await insertCallRecords(db(), [old])
  await makeCallPartitions(db())
  await opened.sql.begin(async (reader) => {
    await reader`select from call_log`
    await expect(pruneCalls(db(), 30 * DAY_MS)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
  expect(await pruneCalls(db(), 30 * DAY_MS)).toMatchObject({ days: [dayName(40)] })
})

test('callers are kept as long as a day that may name them, and then deleted', async () => {
  const [old, young] = [aged(40), aged(0)]
  await insertCallRecords(db(), [old, young])
  await makeCallPartitions(db())
  await opened.sql`update call_callers set day = day - 40 where identity::json->>'id' = ${old.header.principal.id}`
  expect(await pruneCalls(db(), 50 * DAY_MS)).toMatchObject({ callers: 0 })
  expect(await getCall(db(), old.callId)).toMatchObject({ identity: old.header.principal })
  expect(await pruneCalls(db(), 30 * DAY_MS)).toMatchObject({ days: [dayName(40)], callers: 1 })
  expect(await getCall(db(), young.callId)).toMatchObject({ identity: young.header.principal })
})
