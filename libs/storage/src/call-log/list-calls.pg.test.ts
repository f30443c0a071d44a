import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { callDay, DAY_MS } from './call-days.ts'
import { makeCallPartitions } from './call-partitions.ts'
import { insertCallRecords } from './insert-call-records.ts'
import { listCalls } from './list-calls.ts'
import type { ListCalls } from './list-calls.ts'
import { getCall, getCallTree } from './read-calls.ts'
import { callIdAt, testRecord } from './test-record.ts'

let database: TestDatabase
let opened: Database
const today = callDay(Date.now())
const PER_DAY = 8000
const DAYS = 3
/** The nth id of a kind: the ids of test rows are made by SQL with the same rule. */
const nth = (kind: string, n: number) =>
  `${kind}0000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const list = (request: ListCalls = {}) => listCalls(opened.db, request)

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url, { max: 1 })
  const starts = Array.from({ length: DAYS }, (_, at) => today.startMs - (DAYS - at) * DAY_MS)
  // One call of each day, so that the partitions are made.
  const first = starts.map((ms) =>
    testRecord({ callId: callIdAt(ms), startedAtMs: ms, endedAtMs: ms }),
  )
  await insertCallRecords(opened.db, first)
  await makeCallPartitions(opened.db)
  for (const ms of starts)
    await opened.sql`
      insert into call_log (id, started_at, ended_at, status, code, attempts, total_ms, parent_id, caller_id, account_id,
        key_id, session_id, spoke_id, operation_id, operation_name, idempotency_key)
      select (lpad(to_hex(${ms}::bigint + n * 10000), 12, '0') || '70008000' || lpad(n::text, 12, '0'))::uuid,
        to_timestamp(${ms}::bigint / 1000 + n * 10), to_timestamp(${ms}::bigint / 1000 + n * 10),
        (case when n % 40 = 0 then 'failed' else 'completed' end)::call_status,
        case when n % 40 = 0 then 'CODE_' || n % 400 end, 1, n % 500,
        case when n % 7 = 0 then ('d0000000-0000-7000-8000-' || lpad((n % 700)::text, 12, '0'))::uuid end,
        ('c0000000-0000-7000-8000-' || lpad((n % 4)::text, 12, '0'))::uuid,
        ('a0000000-0000-7000-8000-' || lpad((n % 200)::text, 12, '0'))::uuid,
        case when n % 5 > 0 then ('f0000000-0000-7000-8000-' || lpad((n % 5)::text, 12, '0'))::uuid end,
        case when n % 3 = 0 then ('e0000000-0000-7000-8000-' || lpad((n % 300)::text, 12, '0'))::uuid end,
        case when n % 2 = 0 then ('b0000000-0000-7000-8000-' || lpad((n % 200)::text, 12, '0'))::uuid end,
        '__removed__', 'op.' || n % 200, case when n % 1000 = 0 then 'key-' || n end
      from generate_series(1, ${PER_DAY}::int) n`
  await opened.sql`analyze call_log`
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

/** Rows of the log that a query looked at, by sequence or by index. */
async function rowsRead(query: () => Promise<unknown>): Promise<number> {
  const read = async (): Promise<number> => {
    await opened.sql`select pg_stat_force_next_flush()`
    const [row] = await opened.sql<{ read: number }[]>`
      select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_user_tables
      where schemaname = 'call_log_days'`
    return row?.read ?? Number.NaN
  }
  const before = await read()
  await query()
  return (await read()) - before
}

test.each<[string, ListCalls, number]>([
  ['nothing', {}, 50],
  ['an account', { accountIds: [nth('a', 7)] }, 50],
  ['an operation', { operationName: 'op.7' }, 50],
  ['a code', { code: 'CODE_80' }, 50],
  ['a session', { sessionId: nth('e', 9) }, 50],
  ['a spoke', { spokeId: nth('b', 8) }, 50],
  ['a parent', { parentId: nth('d', 7) }, 36],
  [
    'the beginning of an id',
    { idPrefix: callIdAt(today.startMs - DAY_MS + 20_000_000).slice(0, 13) },
    1,
  ],
  [
    'an account and a time',
    {
      accountIds: [nth('a', 7)],
      since: new Date(today.startMs - DAY_MS),
      until: new Date(today.startMs - DAY_MS / 2),
    },
    22,
  ],
])('a list by %s reads little more than it returns', async (_what, request, count) => {
  const page = await list(request)
  expect(page.items).toHaveLength(count)
  expect(await rowsRead(() => list(request))).toBeLessThan(150)
})

const lastDay = { until: new Date(today.startMs) }
test.each<[string, ListCalls, (n: number) => boolean]>([
  ['a status', { status: 'failed', ...lastDay }, (n) => n % 40 === 0],
  [
    'a duration',
    { minDurationMs: 490, maxDurationMs: 492, ...lastDay },
    (n) => n % 500 >= 490 && n % 500 <= 492,
  ],
  ['an idempotency key', { idempotencyKey: 'key-4000', ...lastDay }, (n) => n === 4000],
  [
    'a key that is left out',
    { exceptKeyId: nth('f', 1), minDurationMs: 490, maxDurationMs: 492, ...lastDay },
    (n) => n % 500 === 490 || n % 500 === 492,
  ],
])(
  'a list by %s reads the calls of the last 24 hours and no others',
  async (_what, request, matches) => {
    const found: string[] = []
    for (let cursor: string | undefined; ;) {
      const page = await list({ ...request, limit: 200, ...(cursor !== undefined && { cursor }) })
      found.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
      if (cursor === undefined) break
    }
    const all = Array.from({ length: PER_DAY }, (_, at) => at + 1)
    expect(found.map((id) => Number(id.slice(24)))).toEqual(all.filter(matches).toReversed())
    expect(await rowsRead(() => list({ ...request, limit: 200 }))).toBeLessThan(PER_DAY + 100)
  },
)

test('pages follow each other without a gap, newest dispatch first', async () => {
  const request = { accountIds: [nth('a', 7)], limit: 30 }
  const first = await list(request)
  const second = await list({ ...request, cursor: first.nextCursor ?? '' })
  const ids = [...first.items, ...second.items].map(({ id }) => id)
  expect(ids).toEqual((await list({ ...request, limit: 60 })).items.map(({ id }) => id))
  expect(ids).toEqual(ids.toSorted().toReversed())
  await expect(list({ limit: 30, cursor: first.nextCursor ?? '' })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('several accounts are listed together, an id that is not a UUID matches nothing, a prefix that is not one is refused', async () => {
  const two = await list({ accountIds: [nth('a', 7), nth('a', 9), 'x'], limit: 4 })
  expect(new Set(two.items.map(({ accountId }) => accountId))).toEqual(
    new Set([nth('a', 7), nth('a', 9)]),
  )
  for (const none of [
    { accountIds: ['x'] },
    { accountIds: [] },
    { spokeId: 'x' },
    { sessionId: '' },
  ])
    expect(await list(none)).toEqual({ items: [] })
  for (const idPrefix of ['xyz', '0123-', `${nth('a', 1)}0`])
    await expect(list({ idPrefix })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('one call and the tree below it are read by index', async () => {
  const ms = today.startMs - 2 * DAY_MS + 5000
  const parent = testRecord({ callId: callIdAt(ms) })
  const children = Array.from({ length: 20 }, (_, at) =>
    testRecord({ callId: callIdAt(ms + at * 3_600_000), parentCallId: parent.callId }),
  )
  await insertCallRecords(opened.db, [parent, ...children])
  expect(await rowsRead(() => getCall(opened.db, parent.callId))).toBe(1)
  expect((await getCallTree(opened.db, parent.callId))?.calls).toHaveLength(20)
  expect(await rowsRead(() => getCallTree(opened.db, parent.callId))).toBeLessThan(100)
})
