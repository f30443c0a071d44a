import { createMetrics } from '@alkdev/service/testing'
import { uuidv7 } from '@alkdev/std'
import {
  createAccount,
  ensureProject,
  insertCallLinks,
  insertCallRecords,
  makeCallPartitions,
  openDatabase,
  setAccountStatus,
  upsertServiceOperations,
} from '@alkdev/storage'
import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { createSession, getSession } from '@alkdev/storage/sessions'
import { createTestDatabase } from '@alkdev/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { countPruned, pruneHistory } from './prune-history.ts'
import type { Pruned } from './prune-history.ts'
import { PRUNED_KINDS } from './pruners.ts'
import type { Retention } from './pruners.ts'

afterEach(() => void vi.useRealTimers())

const DAY_MS = 86_400_000
const never = new AbortController().signal
const keptDays = (callDays: number): Retention => ({
  callDays,
  callDaysOf: {},
  callStatsDays: 90,
  queuedCallDays: 7,
  deadLetterDays: 30,
  approvalDays: 30,
  findingDays: 90,
  workflowRunDays: 30,
  workflowVersionDays: 90,
  scheduleDays: 90,
  sessionDays: 0,
  sessionEventDays: 30,
  toolOutputDays: 90,
  taskCheckDays: 90,
  mergeDays: 180,
  workspaceDays: 180,
  deliveryDays: 7,
  firingDays: 90,
  spokeDays: 180,
  invitationDays: 90,
  grantDays: 30,
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

test('calls of an operation with a time of its own are deleted by it', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id } = await createAccount(db, { email: 'caller@example.com' })
  await upsertServiceOperations(db, SERVICE_OPERATIONS)
  const calls = [1, 3, 4, 5].map((age) => call(id, age))
  await insertCallRecords(db, calls)
  const retention = { ...keptDays(0), callDaysOf: { 'task*': 4, 'tasks.list': 2 } }
  expect((await pruneHistory(db, retention, never, 2)).operationCalls).toBe(3)
  expect(await sql`select id from call_log`).toEqual([{ id: calls[0]?.header.callId }])
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

test('nothing is deleted while the clock of PostgreSQL is ahead of that of the process by more than a day', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id } = await createAccount(db, { email: 'caller@example.com' })
  await insertCallRecords(db, [call(id, 31)])
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: now - DAY_MS - 60_000 })
  await expect(pruneHistory(db, keptDays(30), never)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await sql`select from call_log`).toHaveLength(1)
  vi.setSystemTime(now - DAY_MS + 60_000)
  expect((await pruneHistory(db, keptDays(30), never)).calls).toBe(1)
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

test('archived sessions are deleted after their time, without one whose child is not archived, and what they left is ended', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id: accountId } = await createAccount(db, { email: 'owner@example.com' })
  const { id: projectId } = await ensureProject(db, { slug: 'p', ownerId: accountId })
  const make = async (archivedDays: number | null, more: object = {}) => {
    const session = { accountId, projectId, grantId: null as never, title: 'A session', ...more }
    const { id } = await createSession(db, session)
    if (archivedDays !== null)
      await sql`update sessions set status = 'archived',
        archived_at = now() - ${archivedDays} * interval '1 day' where id = ${id}`
    return id
  }
  const old = await make(11)
  const parent = await make(12)
  const child = await make(null, { parentId: parent, rootId: parent })
  const kept = [await make(9), await make(null), parent, child]
  const there = async (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await getSession(db, id)) !== undefined))
  const retention = { ...keptDays(0), sessionDays: 10 }

  expect((await pruneHistory(db, keptDays(0), never, 3)).sessions).toBe(0)
  const ended: string[] = []
  const pruned = await pruneHistory(db, retention, never, 3, {
    beforeDelete: async ({ id }) => {
      expect(await there([id])).toEqual([true])
      return async () => {
        expect(await there([id])).toEqual([false])
        ended.push(id)
      }
    },
  })
  expect([pruned.sessions, ended, await there([old])]).toEqual([1, [old], [false]])
  expect(await there(kept)).toEqual(kept.map(() => true))

  await sql`update sessions set status = 'archived', archived_at = now() - interval '20 days' where id = ${child}`
  expect((await pruneHistory(db, retention, never, 1)).sessions).toBe(2)
})
