import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { countCallStats, MINUTE_MS, pruneCallStats } from './count-call-stats.ts'
import { insertCallRecords } from './insert-call-records.ts'
import { readCallStats, readRecentCalls } from './read-call-stats.ts'
import type { ReadCallStats } from './read-call-stats.ts'
import { callIdAt, testRecord } from './test-record.ts'

const BACK_MS = 4 * 3_600_000
let database: TestDatabase
let opened: Database
const [ada, bob] = [uuidv7(), uuidv7()]
const spokeId = uuidv7()
const thisMinute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
})
beforeEach(async () => {
  await opened.sql`truncate call_log, call_stats, call_stats_progress`
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

interface Made {
  readonly account?: string
  readonly operationId?: string
  readonly minutesAgo?: number
  readonly tookMs?: number
  readonly status?: 'completed' | 'failed' | 'aborted'
  readonly spoke?: string
}

const call = (made: Made) => {
  const { account = ada, operationId = 'fs.read', minutesAgo = 5, tookMs = 1 } = made
  const startedAtMs = thisMinute - minutesAgo * MINUTE_MS + 1000
  return testRecord({
    callId: callIdAt(startedAtMs),
    operationId,
    principal: { id: account, scopes: [] },
    startedAtMs,
    endedAtMs: startedAtMs + tookMs,
    status: made.status ?? 'completed',
    ...(made.status !== undefined && { error: { code: 'TIMEOUT', message: 'Too late.' } }),
    ...(made.spoke !== undefined && { spokeId: made.spoke }),
  })
}
const insert = (...calls: readonly Made[]) =>
  insertCallRecords(
    opened.db,
    calls.map((made) => call(made)),
  )
const count = () => countCallStats(opened.db, BACK_MS)
const read = (request: Partial<ReadCallStats> = {}) =>
  readCallStats(opened.db, {
    by: ['operation', 'spoke'],
    stepMinutes: 1,
    since: new Date(thisMinute - 3 * 3_600_000),
    until: new Date(thisMinute + BACK_MS),
    ...request,
  })

test('calls are summed up by operation and spoke with errors and percentiles', async () => {
  await insert(
    ...Array.from({ length: 18 }, () => ({ tookMs: 10, spoke: spokeId })),
    { tookMs: 1000, status: 'failed', spoke: spokeId },
    { tookMs: 1000, status: 'aborted', spoke: spokeId, minutesAgo: 7 },
    { operationId: 'tasks.list', account: bob, tookMs: 0 },
  )
  await count()
  const { items } = await read()
  expect(items).toMatchObject([
    { operationName: 'fs.read', spokeId, count: 20, errors: 2 },
    { operationName: 'tasks.list', count: 1, errors: 0, p50Ms: 0.1, p99Ms: 0.1 },
  ])
  const [fs] = items
  expect((fs?.p50Ms ?? 0) / 10).toBeCloseTo(1, 1)
  expect(Math.abs((fs?.p95Ms ?? 0) / 1000 - 1)).toBeLessThan(0.1)
  expect(items[1]).not.toHaveProperty('spokeId')
})

test('calls are grouped by any of the keys, filtered, and paged in the order of the keys', async () => {
  await insert(
    { minutesAgo: 9 },
    { minutesAgo: 9, account: bob },
    { minutesAgo: 8, operationId: 'fs.write', spoke: spokeId },
    { minutesAgo: 3, operationId: 'fs.write' },
  )
  await count()
  const by = ['minute', 'operation', 'account'] as const
  const all = await read({ by })
  expect(all.items.map((item) => [item.operationName, item.accountId, item.count])).toEqual([
    ['fs.read', [ada, bob].toSorted()[0], 1],
    ['fs.read', [ada, bob].toSorted()[1], 1],
    ['fs.write', ada, 1],
    ['fs.write', ada, 1],
  ])
  const first = await read({ by, limit: 3 })
  const second = await read({ by, limit: 3, cursor: first.nextCursor ?? '' })
  expect([...first.items, ...second.items]).toEqual(all.items)
  expect(second.nextCursor).toBeUndefined()
  expect((await read({ by: [] })).items).toMatchObject([{ count: 4 }])
  expect((await read({ by: ['minute'], stepMinutes: 1440 })).items.length).toBeLessThanOrEqual(2)
  expect((await read({ accountIds: [bob] })).items).toMatchObject([{ count: 1 }])
  expect((await read({ operationName: 'fs.write', spokeId })).items).toMatchObject([{ count: 1 }])
  expect((await read({ spokeId: 'none' })).items).toEqual([])
  const until = new Date(thisMinute - 8 * MINUTE_MS)
  expect((await read({ by: [], until })).items).toMatchObject([{ count: 2 }])
})

test('a record that is written late is counted by a later pass, and no call is counted twice', async () => {
  await insert({ minutesAgo: 30 })
  await count()
  await insert({ minutesAgo: 30 }, { minutesAgo: 90 })
  // As if the passes of 11 and 61 minutes had stood before these minutes.
  await opened.sql`update call_stats_progress set counted_until = counted_until - interval '60 minutes' where delay_minutes > 1`
  await count()
  await count()
  expect((await read({ by: [] })).items).toMatchObject([{ count: 3 }])
})

test('a call that ends hours after its dispatch is counted in the minute of its dispatch', async () => {
  await insert({ minutesAgo: 170 })
  await count()
  const long = call({ minutesAgo: 170 })
  await insertCallRecords(opened.db, [{ ...long, endedAtMs: Date.now() }])
  await opened.sql`update call_stats_progress set counted_until = counted_until - interval '1 minute' where delay_minutes = 61`
  await count()
  expect((await read({ by: [] })).items).toMatchObject([{ count: 2 }])
})

test('minutes that are not over for a minute are not counted, and counting again finds nothing to do', async () => {
  await insert({ minutesAgo: 0 })
  expect(await count()).toBeGreaterThan(230)
  // Only a minute that ended meanwhile may be due.
  expect(await count()).toBeLessThan(4)
  expect((await read()).items).toEqual([])
})

test('two processes that count at once count each call once', async () => {
  await insert({}, { minutesAgo: 20 })
  await Promise.all([count(), count(), count()])
  await count()
  expect((await read({ by: [] })).items).toMatchObject([{ count: 2 }])
})

test('names beyond the 200 most frequent of an account and minute are counted as one', async () => {
  const invented = Array.from({ length: 250 }, (_, at) => ({ operationId: `x.n${at}` }))
  await insert(
    ...invented,
    { operationId: 'fs.read' },
    { operationId: 'fs.read' },
    { account: bob },
  )
  await count()
  const [rows] = await opened.sql<{ rows: number; calls: number }[]>`
    select count(*)::int as rows, sum(count)::int as calls from call_stats where account_id = ${ada}`
  expect(rows).toEqual({ rows: 201, calls: 252 })
  expect((await read({ operationName: '(other)' })).items).toMatchObject([{ count: 51 }])
  expect((await read({ operationName: 'fs.read' })).items).toMatchObject([{ count: 3 }])
})

test('counts older than the retention are deleted in steps', async () => {
  await insert({ minutesAgo: 100 }, { minutesAgo: 99 }, { minutesAgo: 3 })
  await count()
  expect(await pruneCallStats(opened.db, 3_600_000, 1)).toBe(1)
  expect(await pruneCallStats(opened.db, 3_600_000, 10)).toBe(1)
  expect((await read({ by: [] })).items).toMatchObject([{ count: 1 }])
})

test('the recent calls are read from the log without a count, the most frequent operation first', async () => {
  const now = Date.now() - 5000
  const recent = (operationId: string, status: 'completed' | 'failed', spoke?: string) =>
    testRecord({
      ...(spoke !== undefined && { spokeId: spoke }),
      callId: callIdAt(now),
      operationId,
      principal: { id: ada, scopes: [] },
      startedAtMs: now,
      endedAtMs: now,
      status,
    })
  await insertCallRecords(opened.db, [
    recent('fs.read', 'completed', spokeId),
    recent('fs.read', 'failed'),
    recent('a.b', 'completed'),
  ])
  const found = await readRecentCalls(opened.db, { accountIds: [ada] }, 60_000)
  expect(found).toMatchObject({
    total: { count: 3, errors: 1 },
    operations: [
      { operationName: 'fs.read', count: 2, errors: 1 },
      { operationName: 'a.b', count: 1, errors: 0 },
    ],
    spokes: [
      { count: 2, errors: 1 },
      { spokeId, count: 1, errors: 0 },
    ],
    windowMs: 60_000,
    sampled: false,
  })
  const none = await readRecentCalls(opened.db, { accountIds: [bob] }, 60_000)
  expect(none).toMatchObject({ total: { count: 0 }, operations: [], spokes: [] })
})
