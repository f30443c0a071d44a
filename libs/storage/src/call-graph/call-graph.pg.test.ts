import type { CallHeader, CallRecord } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { attachSpoke } from '../registry/attach-spoke.ts'
import { replaceRegistrations } from '../registry/replace-registrations.ts'
import { deleteSpoke, disconnectSpoke } from '../registry/spoke-status.ts'
import { insertCallRecords } from './insert-call-records.ts'
import { getCall, getCallTree, listCalls } from './read-calls.ts'
import { deleteOperation, pruneCalls, repairEdges } from './retention.ts'

let database: TestDatabase
let opened: Database
let accountId: string
let spokeId: string
const db = () => opened.db

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
  accountId = (await createAccount(db(), { email: 'caller@example.com' })).id
  const attached = await attachSpoke(db(), {
    name: 'laptop',
    ownerId: accountId,
    spokeType: 'dev-env',
    instanceId: uuidv7(),
    sessionTokenHash: 'h',
  })
  spokeId = attached.spokeId
  await replaceRegistrations(db(), {
    ...attached,
    operations: [
      {
        operationId: 'dev.laptop.fs.read',
        namespace: 'dev.laptop.fs',
        name: 'read',
        preRemapNamespace: 'fs',
        preRemapName: 'read',
        status: 'active',
        spec: {
          namespace: 'fs',
          name: 'read',
          version: '1.0.0',
          type: 'query',
          description: '',
          inputSchema: true,
          outputSchema: true,
          accessControl: { requiredScopes: [] },
        },
      },
    ],
  })
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

/** A record with what a test does not care about filled in; the members of its header can be read from it directly. */
const record = (more: Partial<CallRecord> & Partial<CallHeader> = {}): CallRecord & CallHeader => {
  const { callId, operationId, principal, actor, input, parentCallId, traceparent, ...rest } = more
  const header: CallHeader = {
    callId: callId ?? uuidv7(),
    operationId: operationId ?? 'dev.laptop.fs.read',
    principal: principal ?? {
      id: accountId,
      scopes: ['fs:read'],
      resources: { 'project:1': ['read'] },
    },
    actor: actor ?? { kind: 'service', name: 'gateway', instanceId: 'i' },
    input: input ?? { path: 'README.md' },
    depth: 0,
    parentCallId,
    traceparent,
  }
  return {
    ...header,
    header,
    status: 'completed',
    output: { data: 'text' },
    startedAtMs: Date.now() - 20,
    endedAtMs: Date.now(),
    attempts: 1,
    spokeId,
    ...rest,
  }
}
const edges = async () =>
  (
    await opened.sql<{ pair: string }[]>`
    select s.request_id || ' ' || t.request_id as pair from call_graph_edges e
    join call_graph_nodes s on s.id = e.source_id join call_graph_nodes t on t.id = e.target_id`
  ).map(({ pair }) => pair)
const operationOf = async (callId: string) => {
  const [row] = await opened.sql<{ name: string }[]>`
    select o.namespace || '.' || o.name as name from call_graph_nodes n join operations o on o.id = n.operation_id
    where n.request_id = ${callId}`
  return row?.name
}

test('a call comes back as it was recorded', async () => {
  const call = record({
    status: 'failed',
    code: 'GONE',
    error: { code: 'GONE', message: 'gone', details: { a: 1 } },
    route: 'pinned',
    items: 3,
    attempts: 2,
    instanceId: 'broker-1',
    receipt: 'honoured',
    traceparent: '00-abc',
    timing: { routeMs: 0.25, queueMs: 0, executeMs: 1.5, totalMs: 2 },
  })
  expect(await insertCallRecords(db(), [call])).toEqual({ inserted: 1, rejected: [] })
  expect(await getCall(db(), call.callId)).toMatchObject({
    requestId: call.callId,
    operationName: 'dev.laptop.fs.read',
    callerAccountId: accountId,
    identity: call.principal,
    actor: call.actor,
    status: 'failed',
    code: 'GONE',
    error: call.error,
    input: call.input,
    output: call.output,
    route: 'pinned',
    items: 3,
    attempts: 2,
    spokeId,
    instanceId: 'broker-1',
    routeMs: 0.25,
    executeMs: 1.5,
    totalMs: 2,
    startedAt: new Date(call.startedAtMs),
    completedAt: new Date(call.endedAtMs),
    metadata: { receipt: 'honoured', traceparent: '00-abc' },
  })
  expect(await getCall(db(), 'unknown')).toBeUndefined()
})

test('for a call id the first row wins, also within one batch', async () => {
  const call = record({ route: 'first' })
  const late = { ...call, route: 'second' }
  expect((await insertCallRecords(db(), [call, late])).inserted).toBe(1)
  expect((await insertCallRecords(db(), [late])).inserted).toBe(0)
  expect((await getCall(db(), call.callId))?.route).toBe('first')
})

test('pinned, pooled and unknown operations point at the definition that answered, or at __removed__', async () => {
  const pinned = record()
  const pooled = record({ operationId: 'fs.read' })
  const unknown = record({ operationId: 'no.such.thing' })
  const odd = record({ operationId: 'nodots' })
  await insertCallRecords(db(), [pinned, pooled, unknown, odd])
  expect(await operationOf(pinned.callId)).toBe('dev.laptop.fs.read')
  expect(await operationOf(pooled.callId)).toBe('dev.laptop.fs.read')
  expect((await getCall(db(), pooled.callId))?.operationName).toBe('fs.read')
  expect(await operationOf(unknown.callId)).toBe('system.removed')
  expect(await operationOf(odd.callId)).toBe('system.removed')
})

test('a caller or spoke that is no more does not lose the call', async () => {
  const call = record({
    principal: { id: 'system', scopes: [], sessionId: 'gone' },
    spokeId: 'gone',
  })
  await insertCallRecords(db(), [call])
  expect(await getCall(db(), call.callId)).toMatchObject({
    callerAccountId: null,
    sessionId: null,
    spokeId: null,
    identity: { id: 'system' },
  })
})

test('the edge is there whoever of caller and called is written first, or both at once from two processes', async () => {
  const pairs = Array.from({ length: 20 }, () => {
    const parent = record()
    return [parent, record({ parentCallId: parent.callId })] as const
  })
  await Promise.all(
    pairs.map(async ([parent, child], n) => {
      if (n % 3 === 0) await insertCallRecords(db(), [child, parent])
      else if (n % 3 === 1) {
        await insertCallRecords(db(), [child])
        await insertCallRecords(db(), [parent])
      } else {
        await Promise.all([insertCallRecords(db(), [parent]), insertCallRecords(db(), [child])])
      }
    }),
  )
  const found = await edges()
  for (const [parent, child] of pairs) {
    expect(found.filter((pair) => pair === `${parent.callId} ${child.callId}`)).toHaveLength(1)
  }
})

test('edges that a crash left out are repaired', async () => {
  const parent = record()
  const child = record({ parentCallId: parent.callId })
  await insertCallRecords(db(), [parent, child])
  await opened.sql`delete from call_graph_edges`
  expect(await repairEdges(db(), 3_600_000)).toBeGreaterThan(0)
  expect(await edges()).toContain(`${parent.callId} ${child.callId}`)
  expect(await repairEdges(db(), 3_600_000)).toBe(0)
})

test('secrets in payloads are not stored, long payloads are cut', async () => {
  const call = record({
    input: { password: 'hunter2', note: 'alk_abcdefgh12345678', nul: 'a\0b' },
    output: { data: 'y'.repeat(20_000) },
  })
  await insertCallRecords(db(), [call])
  const row = await getCall(db(), call.callId)
  expect(row?.input).toEqual({ password: '[redacted]', note: '[redacted]', nul: 'a\u{fffd}b' })
  expect(row?.output).toEqual({ truncated: true, preview: `{"data":"${'y'.repeat(1015)}` })
})

test('one record that the database refuses does not cost the others', async () => {
  const good = Array.from({ length: 9 }, () => record())
  const bad = record({ attempts: -1 })
  const result = await insertCallRecords(db(), [...good.slice(0, 5), bad, ...good.slice(5)])
  expect(result.inserted).toBe(9)
  expect(result.rejected).toMatchObject([
    { callId: bad.callId, error: { code: 'VALIDATION_ERROR' } },
  ])
})

test('a batch of 1 200 is written', async () => {
  const calls = Array.from({ length: 1200 }, () => record())
  expect((await insertCallRecords(db(), calls)).inserted).toBe(1200)
})

test('the tree of a call has parents before children, and says when it is cut', async () => {
  const root = record()
  const children = [1, 2, 3].map((n) =>
    record({ parentCallId: root.callId, startedAtMs: 1_700_000_000_000 + n }),
  )
  const grandchild = record({ parentCallId: children[0]?.callId ?? '' })
  await insertCallRecords(db(), [grandchild, ...children.toReversed(), root])
  const tree = await getCallTree(db(), root.callId)
  expect(tree?.root.requestId).toBe(root.callId)
  expect(tree?.calls.map((call) => call.requestId)).toEqual(
    [...children, grandchild].map((call) => call.callId),
  )
  expect(tree?.complete).toBe(true)
  expect(await getCallTree(db(), root.callId, 2)).toMatchObject({ complete: false })
  expect(await getCallTree(db(), 'unknown')).toBeUndefined()
})

test('calls that name each other as parents end as a tree all the same', async () => {
  const [a, b] = [uuidv7(), uuidv7()]
  await insertCallRecords(db(), [
    record({ callId: a, parentCallId: b }),
    record({ callId: b, parentCallId: a }),
  ])
  expect((await getCallTree(db(), a))?.calls.map((call) => call.requestId)).toEqual([b])
})

test('an operation that is offered is not deleted; calls of a deleted one stay', async () => {
  const call = record()
  await insertCallRecords(db(), [call])
  const [operation] = await opened.sql<{ id: string }[]>`
    select id from operations where namespace = 'dev.laptop.fs'`
  expect(await deleteOperation(db(), operation?.id ?? '')).toBe(false)
  expect(await deleteOperation(db(), '__removed__')).toBe(false)
  await disconnectSpoke(db(), spokeId)
  await deleteSpoke(db(), spokeId)
  expect(await deleteOperation(db(), operation?.id ?? '')).toBe(true)
  expect(await operationOf(call.callId)).toBe('system.removed')
  expect(await getCall(db(), call.callId)).toMatchObject({ spokeId: null })
})

test('calls are listed newest first and pruned from the oldest on, with their edges', async () => {
  const parent = record({ startedAtMs: 1000, spokeId: 'x' })
  await insertCallRecords(db(), [
    parent,
    record({ startedAtMs: 2000, parentCallId: parent.callId }),
  ])
  const first = await listCalls(db(), { accountId, limit: 3 })
  const next = await listCalls(db(), { accountId, limit: 3, cursor: first.nextCursor ?? '' })
  const times = [...first.items, ...next.items].map((call) => call.startedAt.getTime())
  expect(times).toEqual(times.toSorted((a, b) => b - a))
  expect(times).toHaveLength(6)
  expect(await pruneCalls(db(), 10 * 365 * 24 * 3_600_000, 1)).toBe(1)
  expect(await getCall(db(), parent.callId)).toBeUndefined()
})

test('a batch looks for its edges by index: what is read does not grow with the call graph', async () => {
  const own = await openDatabase(database.url, { max: 1 })
  try {
    const rowsRead = async (): Promise<number> => {
      await own.sql`select pg_stat_force_next_flush()`
      const [row] = await own.sql<{ read: number }[]>`
        select seq_tup_read::int as read from pg_stat_user_tables where relname = 'call_graph_nodes'`
      return row?.read ?? Number.NaN
    }
    const parents = Array.from({ length: 3000 }, () => record())
    await insertCallRecords(own.db, parents)
    const before = await rowsRead()
    const children = parents.slice(0, 50).map(({ callId }) => record({ parentCallId: callId }))
    await insertCallRecords(own.db, [...children, record()])
    expect((await rowsRead()) - before).toBe(0)
  } finally {
    await own.close()
  }
})
