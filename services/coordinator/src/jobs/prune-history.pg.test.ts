import { uuidv7 } from '@alkdev/std'
import {
  createAccount,
  insertCallRecords,
  openDatabase,
  setAccountStatus,
  upsertServiceOperations,
} from '@alkdev/storage'
import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { pruneHistory } from './prune-history.ts'

const DAY_MS = 86_400_000

test('calls older than the setting and changes older than a day are deleted, in steps, and nothing else', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id } = await createAccount(db, { email: 'caller@example.com' })
  for (const status of ['suspended', 'active', 'suspended'] as const)
    await setAccountStatus(db, id, status)
  await upsertServiceOperations(db, SERVICE_OPERATIONS)
  const call = (ageDays: number) => ({
    header: {
      callId: uuidv7(),
      operationId: 'tasks.list',
      principal: { id, scopes: [] },
      actor: { kind: 'service', name: 'gateway', instanceId: 'i' } as const,
      input: {},
      depth: 0,
    },
    status: 'completed' as const,
    startedAtMs: Date.now() - ageDays * DAY_MS,
    endedAtMs: Date.now() - ageDays * DAY_MS,
    attempts: 1,
  })
  const kept = call(29)
  await insertCallRecords(db, [...Array.from({ length: 7 }, () => call(31)), kept])
  const never = new AbortController().signal
  const changes = await sql<{ number: number }[]>`select number from changes order by number`
  await sql`update changes set created_at = now() - interval '25 hours' where number < ${changes.at(-1)?.number ?? 0}`
  const [{ old } = { old: 0 }] = await sql<{ old: number }[]>`
    select count(*)::int as old from changes where created_at < now() - interval '1 day'`
  expect(old).toBeGreaterThan(0)

  expect(await pruneHistory(db, 0, never, 1)).toEqual({ calls: 0, changes: old, edges: 0 })
  expect(await pruneHistory(db, 30, never, 3)).toEqual({ calls: 7, changes: 0, edges: 0 })
  expect(await pruneHistory(db, 30, never, 3)).toEqual({ calls: 0, changes: 0, edges: 0 })
  const left = await sql<{ request_id: string }[]>`select request_id from call_graph_nodes`
  expect(left.map((row) => row.request_id)).toEqual([kept.header.callId])
  expect(await sql`select from changes`).toHaveLength(changes.length - old)
})

test('edges that a process did not write before it ended are written by the next run, in steps (V5)', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const { id } = await createAccount(db, { email: 'caller@example.com' })
  await upsertServiceOperations(db, SERVICE_OPERATIONS)
  const call = (parentCallId?: string) => ({
    header: {
      callId: uuidv7(),
      operationId: 'tasks.list',
      principal: { id, scopes: [] },
      actor: { kind: 'service', name: 'gateway', instanceId: 'i' } as const,
      input: {},
      depth: 0,
      ...(parentCallId === undefined ? {} : { parentCallId }),
    },
    status: 'completed' as const,
    startedAtMs: Date.now(),
    endedAtMs: Date.now(),
    attempts: 1,
  })
  const parent = call()
  const children = Array.from({ length: 5 }, () => call(parent.header.callId))
  await insertCallRecords(db, [parent, ...children])
  await sql`delete from call_graph_edges`
  const never = new AbortController().signal
  expect((await pruneHistory(db, 30, never, 2)).edges).toBe(5)
  expect(await sql`select from call_graph_edges`).toHaveLength(5)
  expect((await pruneHistory(db, 30, never, 2)).edges).toBe(0)
})
