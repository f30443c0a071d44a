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
import { insertCallLinks } from './insert-call-links.ts'
import { insertCallRecords } from './insert-call-records.ts'
import { getCall, getCallEdges, getCallTree } from './read-calls.ts'
import { deleteOperation, repairEdges } from './retention.ts'
import { testRecord } from './test-record.ts'

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

const record = (more: Parameters<typeof testRecord>[0] = {}) =>
  testRecord({
    principal: { id: accountId, scopes: ['fs:read'], resources: { 'project:1': ['read'] } },
    spokeId,
    ...more,
  })
const edges = async () =>
  (
    await opened.sql<{ pair: string }[]>`
    select source_id || ' ' || target_id as pair from call_graph_edges where edge_type = 'triggered'`
  ).map(({ pair }) => pair)
const operationOf = async (callId: string) => {
  const call = await getCall(db(), callId)
  const [row] = await opened.sql<{ name: string }[]>`
    select namespace || '.' || name as name from operations where id = ${call?.operationId ?? ''}`
  return row?.name
}

test('a call is read as it was recorded', async () => {
  const [instanceId, keyId, orgId, sessionId] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()]
  const call = record({
    principal: { id: accountId, scopes: ['fs:read'], keyId, orgIds: [orgId], sessionId },
    status: 'failed',
    code: 'GONE',
    error: { code: 'GONE', message: 'gone', details: { a: '"1\\' } },
    route: 'pinned',
    items: 3,
    attempts: 2,
    instanceId,
    receipt: 'honoured',
    traceparent: '00-abc',
    idempotencyKey: 'once "and", only once',
    metadata: { step: 1 },
    timing: { routeMs: 0.25, queueMs: 0, executeMs: 1.5, totalMs: 2 },
  })
  expect(await insertCallRecords(db(), [call])).toEqual({ inserted: 1, rejected: [] })
  expect(await getCall(db(), call.callId)).toEqual({
    id: call.callId,
    operationName: 'dev.laptop.fs.read',
    operationId: expect.stringMatching(/^0/) as string,
    accountId,
    keyId,
    orgId,
    sessionId,
    turnId: null,
    attemptOf: null,
    parentId: null,
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
    instanceId,
    idempotencyKey: 'once "and", only once',
    routeMs: 0.25,
    queueMs: 0,
    executeMs: 1.5,
    totalMs: 2,
    startedAt: new Date(call.startedAtMs),
    endedAt: new Date(call.endedAtMs),
    metadata: { receipt: 'honoured', traceparent: '00-abc', caller: { step: 1 } },
  })
  expect(await getCall(db(), 'unknown')).toBeUndefined()
  expect(await getCall(db(), uuidv7())).toBeUndefined()
})

test('the turn and the queued call of an attempt are taken from the coordinator and from no other caller', async () => {
  const metadata = { turnId: uuidv7(), attemptOf: uuidv7() }
  const own = record({
    metadata,
    actor: { kind: 'service', name: 'coordinator', instanceId: uuidv7() },
  })
  const other = record({ metadata })
  await insertCallRecords(db(), [own, other])
  expect(await getCall(db(), own.callId)).toMatchObject(metadata)
  expect(await getCall(db(), other.callId)).toMatchObject({ turnId: null, attemptOf: null })
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

test('ids that are not UUIDs do not lose the call, and ids of deleted rows stay as they were', async () => {
  const call = record({
    principal: { id: 'system', scopes: [], sessionId: 'gone' },
    spokeId: 'gone',
    parentCallId: 'gone',
  })
  const deleted = uuidv7()
  const kept = record({ principal: { id: deleted, scopes: [] } })
  await insertCallRecords(db(), [call, kept])
  expect(await getCall(db(), call.callId)).toMatchObject({
    accountId: null,
    sessionId: null,
    spokeId: null,
    parentId: null,
    identity: { id: 'system' },
  })
  expect(await getCall(db(), kept.callId)).toMatchObject({ accountId: deleted })
})

test('an edge exists in whatever order caller and called are written, also concurrently by two processes', async () => {
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

test('an edge appears with the later one of its calls, and a call is never its own caller', async () => {
  const parent = record()
  const child = record({ parentCallId: parent.callId })
  const id = uuidv7()
  await insertCallRecords(db(), [child, record({ callId: id, parentCallId: id })])
  expect(await getCallEdges(db(), [child.callId, id])).toEqual([])
  await insertCallRecords(db(), [parent])
  expect(await getCallEdges(db(), [child.callId, 'no id'])).toEqual([
    { sourceId: parent.callId, targetId: child.callId, edgeType: 'triggered' },
  ])
})

test('dependencies are edges once, and a repair deletes those whose calls are not in the log', async () => {
  const [a, b] = [record(), record()]
  const never = uuidv7()
  await insertCallRecords(db(), [a, b])
  const links = [
    { sourceId: a.callId, targetId: b.callId },
    { sourceId: never, targetId: b.callId },
  ]
  expect(await insertCallLinks(db(), [...links, ...links])).toBe(2)
  expect(await insertCallLinks(db(), links)).toBe(0)
  expect(await repairEdges(db(), 3_600_000)).toBe(0)
  expect(await repairEdges(db(), 0, 1)).toBe(1)
  expect(await repairEdges(db(), 0, 1)).toBe(0)
  expect(await getCallEdges(db(), [b.callId])).toEqual([{ ...links[0], edgeType: 'depends_on' }])
  for (const bad of [
    { sourceId: a.callId, targetId: a.callId },
    { sourceId: 'x', targetId: 'y' },
  ])
    await expect(insertCallLinks(db(), [bad])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
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

test('of an error that is too long the code and the beginning of the message and the details are stored', async () => {
  const failed = (message: string, details: unknown) =>
    record({ status: 'failed', code: 'GONE', error: { code: 'GONE', message, details } })
  const calls = [
    failed('It is gone.', { paths: 'p'.repeat(20_000), password: 'hunter2' }),
    failed('m'.repeat(20_000), { kept: true }),
    failed('\u4e00'.repeat(2000), 'd'.repeat(9000)),
  ]
  await insertCallRecords(db(), calls)
  const errors = []
  for (const { callId } of calls) errors.push((await getCall(db(), callId))?.error)
  expect(errors).toEqual([
    {
      code: 'GONE',
      message: 'It is gone.',
      details: { truncated: true, preview: `{"paths":"${'p'.repeat(1014)}` },
    },
    { code: 'GONE', message: `${'m'.repeat(2048)}...`, details: { kept: true } },
    { code: 'GONE', message: '\u4e00'.repeat(2000), details: 'd'.repeat(9000) },
  ])
})

test('a call whose times are those of a clock that was set back took no time, and not less', async () => {
  const call = record({ startedAtMs: Date.now(), endedAtMs: Date.now() - 300_000 })
  await insertCallRecords(db(), [call])
  expect(await getCall(db(), call.callId)).toMatchObject({ totalMs: 0 })
})

test('one record that the database refuses does not prevent the others from being stored', async () => {
  const good = Array.from({ length: 9 }, () => record())
  const bad = record({ attempts: -1 })
  const unnamed = record({ callId: 'not a UUID' })
  const result = await insertCallRecords(db(), [
    ...good.slice(0, 5),
    bad,
    ...good.slice(5),
    unnamed,
  ])
  expect(result.inserted).toBe(9)
  expect(result.rejected).toMatchObject([
    { callId: bad.callId, error: { code: 'VALIDATION_ERROR' } },
    { callId: 'not a UUID', error: { code: 'VALIDATION_ERROR' } },
  ])
})

test('a call by a name that no index takes is stored with the beginning of the name', async () => {
  // The longest name that a request can have; characters that do not compress.
  const operationId = Array.from({ length: 1024 }, (_, at) =>
    String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000)),
  ).join('')
  const call = record({ operationId, status: 'failed', code: 'OPERATION_NOT_FOUND' })
  expect(await insertCallRecords(db(), [call])).toEqual({ inserted: 1, rejected: [] })
  const stored = (await getCall(db(), call.callId))?.operationName
  expect(stored?.slice(0, 512)).toBe(operationId.slice(0, 512))
})

test('a batch of 1 200 is written', async () => {
  const calls = Array.from({ length: 1200 }, () => record())
  expect((await insertCallRecords(db(), calls)).inserted).toBe(1200)
})

test('the tree of a call has parents before children, and reports when it is incomplete', async () => {
  const root = record()
  const children = [1, 2, 3].map((n) =>
    record({ parentCallId: root.callId, startedAtMs: 1_700_000_000_000 + n }),
  )
  const grandchild = record({ parentCallId: children[0]?.callId ?? '' })
  await insertCallRecords(db(), [grandchild, ...children.toReversed(), root])
  const tree = await getCallTree(db(), root.callId)
  expect(tree?.root.id).toBe(root.callId)
  expect(tree?.calls.map((call) => call.id)).toEqual(
    [...children, grandchild].map((call) => call.callId),
  )
  expect(tree?.complete).toBe(true)
  expect(await getCallTree(db(), root.callId, 2)).toMatchObject({ complete: false })
  expect(await getCallTree(db(), 'unknown')).toBeUndefined()
})

test('calls that name each other as parents are read as a tree', async () => {
  const [a, b] = [uuidv7(), uuidv7()]
  await insertCallRecords(db(), [
    record({ callId: a, parentCallId: b }),
    record({ callId: b, parentCallId: a }),
  ])
  expect((await getCallTree(db(), a))?.calls.map((call) => call.id)).toEqual([b])
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
  expect(await getCall(db(), call.callId)).toMatchObject({ operationId: '__removed__', spokeId })
})

test('the shared columns of a batch are written once a day', async () => {
  const principal = { id: uuidv7(), scopes: ['fs:read'] }
  const calls = Array.from({ length: 100 }, () => record({ principal }))
  await insertCallRecords(db(), calls)
  await insertCallRecords(db(), [record({ principal: { ...principal } })])
  const rows = await opened.sql`
    select from call_callers where identity::json->>'id' = ${principal.id}`
  expect(rows).toHaveLength(1)
  expect(await getCall(db(), calls[7]?.callId ?? '')).toMatchObject({ identity: principal })
})
