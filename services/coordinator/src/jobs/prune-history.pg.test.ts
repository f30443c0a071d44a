import { createMetrics } from '@alkdev/service/testing'
import { uuidv7 } from '@alkdev/std'
import {
  createAccount,
  insertCallLinks,
  insertCallRecords,
  makeCallPartitions,
  openDatabase,
  setAccountStatus,
  upsertServiceOperations,
} from '@alkdev/storage'
import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { countPruned, pruneHistory } from './prune-history.ts'
import type { Pruned } from './prune-history.ts'
import { PRUNED_KINDS } from './pruners.ts'
import type { Retention } from './pruners.ts'

const DAY_MS = 86_400_000
const never = new AbortController().signal
const keptDays = (callDays: number): Retention => ({
  callDays,
  callStatsDays: 90,
  queuedCallDays: 7,
  deadLetterDays: 30,
  approvalDays: 30,
  findingDays: 90,
  workflowRunDays: 30,
  sessionEventDays: 30,
  toolOutputDays: 90,
  deliveryDays: 7,
  firingDays: 90,
  revokedKeyDays: 90,
  auditDays: 400,
  usageDays: 400,
  events: 1000,
})
const none = Object.fromEntries(PRUNED_KINDS.map((kind) => [kind, 0])) as Omit<
  Pruned,
  'days' | 'calls'
>

/** A call that was dispatched and ended on this day before today. */
const call = (accountId: string, ageDays: number) => {
  const ms = Date.now() - ageDays * DAY_MS
  const time = ms.toString(16).padStart(12, '0')
  return {
    header: {
      callId: `${time.slice(0, 8)}-${time.slice(8)}-7${uuidv7().slice(15)}`,
      operationId: 'tasks.list',
      principal: { id: accountId, scopes: [] },
      actor: { kind: 'service', name: 'gateway', instanceId: 'i' } as const,
      input: {},
      depth: 0,
    },
    status: 'completed' as const,
    startedAtMs: ms,
    endedAtMs: ms,
    attempts: 1,
  }
}

test('calls older than the setting and changes older than a day are deleted, and nothing else', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id } = await createAccount(db, { email: 'caller@example.com' })
  for (const status of ['suspended', 'active', 'suspended'] as const)
    await setAccountStatus(db, id, status)
  await upsertServiceOperations(db, SERVICE_OPERATIONS)
  const kept = call(id, 29)
  const sorted = Array.from({ length: 7 }, () => call(id, 40))
  await insertCallRecords(db, [...sorted, kept])
  const { made } = await makeCallPartitions(db)
  // No partition is created for these days any more.
  await insertCallRecords(
    db,
    [31, 32, 33, 34].map((age) => call(id, age)),
  )
  const changes = await sql<{ number: number }[]>`select number from changes order by number`
  await sql`update changes set created_at = now() - interval '25 hours' where number < ${changes.at(-1)?.number ?? 0}`
  const [{ old } = { old: 0 }] = await sql<{ old: number }[]>`
    select count(*)::int as old from changes where created_at < now() - interval '1 day'`
  expect(old).toBeGreaterThan(0)

  const nothing = { days: [], calls: 0, ...none }
  expect(await pruneHistory(db, keptDays(0), never, 1)).toEqual({ ...nothing, changes: old })
  const dayOfSorted = made.toSorted()[0]
  expect(await pruneHistory(db, keptDays(30), never, 3)).toEqual({
    ...nothing,
    days: [dayOfSorted],
    calls: 4,
  })
  expect(await pruneHistory(db, keptDays(30), never, 3)).toEqual(nothing)
  const left = await sql<{ id: string }[]>`select id from call_log`
  expect(left.map((row) => row.id)).toEqual([kept.header.callId])
  expect(await sql`select from changes`).toHaveLength(changes.length - old)
})

test('edges of calls that are not in the log are deleted by the next run, in steps (V5)', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id } = await createAccount(db, { email: 'caller@example.com' })
  const [a, b] = [call(id, 0), call(id, 0)]
  await insertCallRecords(db, [a, b])
  const targetId = b.header.callId
  await insertCallLinks(db, [
    { sourceId: a.header.callId, targetId },
    ...Array.from({ length: 5 }, () => ({ sourceId: uuidv7(), targetId })),
  ])
  expect((await pruneHistory(db, keptDays(30), never, 2)).edges).toBe(0)
  await sql`update call_links set created_at = now() - interval '25 hours'`
  expect((await pruneHistory(db, keptDays(30), never, 2)).edges).toBe(5)
  expect(await sql`select from call_graph_edges`).toHaveLength(1)
  expect((await pruneHistory(db, keptDays(30), never, 2)).edges).toBe(0)
})

test('what retention deletes is counted by kind, from zero on', async () => {
  const metrics = createMetrics('coordinator')
  const count = countPruned(metrics)
  const lines = async () =>
    (await metrics.render())
      .split('\n')
      .filter((line) => line.startsWith('alkhub_coordinator_pruned'))
  const line = (what: string, value: number) =>
    `alkhub_coordinator_pruned_total{what="${what}"} ${value}`
  const kinds = ['days', 'calls', ...PRUNED_KINDS]
  expect(await lines()).toEqual(kinds.map((what) => line(what, 0)))
  count({ ...none, days: ['d20260101', 'd20260102'], calls: 3, edges: 4, queuedCalls: 6 })
  count({ ...none, days: [], calls: 1, queuedCalls: 1 })
  const expected: Record<string, number> = { days: 2, calls: 4, edges: 4, queuedCalls: 7 }
  expect(await lines()).toEqual(kinds.map((what) => line(what, expected[what] ?? 0)))
})
