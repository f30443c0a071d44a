import { addMember } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

let hub: TestStack
let owner: TestKey
let colleague: TestKey
let spoke: PlainSocket

const spec = (name: string, inputSchema: object): object => ({
  namespace: 'r',
  name,
  version: '1.0.0',
  type: 'mutation',
  description: `The operation ${name} of the tests.`,
  inputSchema,
  outputSchema: {},
  accessControl: { requiredScopes: ['r:use'] },
  retry: 'safe',
})

beforeAll(async () => {
  hub = await startTestStack()
  owner = await hub.createKey(['spokes:attach', 'r:use', 'calls:enqueue', 'orgs:*'])
  colleague = await hub.createKey(['calls:read'])
  const { orgId } = (await call(hub, owner, 'orgs.create', { name: 'readers' })).body.data
  await addMember(hub.database.db, orgId, colleague.accountId, 'member')
  spoke = await PlainSocket.open(hub.broker, owner.key)
  spoke.socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
    if (type === 'call.requested')
      spoke.send('call.responded', id, { output: { data: payload.input } })
  })
  const pin = { type: 'string', 'x-secret': true }
  await register(spoke, 'reader', [
    spec('echo', { type: 'object' }),
    spec('open', { type: 'object', properties: { pin } }),
  ])
  await vi.waitUntil(async () => (await call(hub, owner, 'r.echo', {})).status === 200, {
    timeout: 10_000,
  })
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

const ended = async (callId: string, key: TestKey = owner) =>
  (await call(hub, key, 'calls.await', { callId, timeoutMs: 20_000 })).body.data

/** Queues a call, and resolves with its id when it has ended. */
async function run(input: object): Promise<string> {
  const { body } = await call(hub, owner, 'calls.enqueue', { operationId: 'r.echo', input })
  expect((await ended(body.data.callId)).status).toBe('completed')
  return body.data.callId
}

test('the case of a call id does not count', async () => {
  const callId = await run({ n: 1 })
  const upper = callId.toUpperCase()
  expect(await ended(upper)).toMatchObject({ callId, status: 'completed' })
  expect((await call(hub, owner, 'calls.get', { callId: upper })).body.data.callId).toBe(callId)
  expect((await call(hub, owner, 'calls.abort', { callId: upper })).body.data).toEqual({
    callId,
    receipt: 'too-late',
  })
})

test('a queued call has a tree, and is repeated', async () => {
  const callId = await run({ n: 2, text: '[redacted]' })
  const tree = async () => (await call(hub, owner, 'calls.tree', { callId })).body.data
  await expect.poll(async () => (await tree()).calls.length).toBe(1)
  expect(await tree()).toMatchObject({
    root: { callId, operationId: 'r.echo', status: 'completed' },
    calls: [{ operationId: 'r.echo', parentCallId: callId }],
    complete: true,
  })
  expect((await call(hub, owner, 'calls.repeat', { callId })).body.data).toMatchObject({
    repeatOf: callId,
    status: 'completed',
    output: { n: 2, text: '[redacted]' },
  })
})

test('another account reads a queued call as the call log would hold it, and repeats no redacted input', async () => {
  const callId = await run({ password: 'hunter2', n: 3 })
  expect(await ended(callId)).toMatchObject({
    input: { password: 'hunter2' },
    output: { data: { password: 'hunter2' } },
  })
  const location = `/api/calls/${callId}`
  for (const seen of [
    await ended(callId, colleague),
    (await ask(hub, 'GET', location, { key: colleague.key })).body,
  ])
    expect(seen).toMatchObject({
      input: { password: '[redacted]', n: 3 },
      output: { data: { password: '[redacted]', n: 3 } },
    })
  const repeat = await call(hub, colleague, 'calls.repeat', { callId })
  expect(repeat.body).toMatchObject({ code: 'NOT_REPEATABLE', details: { reason: 'redacted' } })
})

test('a result that does not fit into an answer beside its input is given without the input', async () => {
  const callId = await run({ text: 'x'.repeat(600_000) })
  for (const operationId of ['calls.await', 'calls.get']) {
    const { status, body } = await call(hub, owner, operationId, { callId })
    expect([status, body.data.omitted, body.data.input]).toEqual([200, ['input'], undefined])
    expect(body.data.output.data.text).toHaveLength(600_000)
  }
  const read = await ask(hub, 'GET', `/api/calls/${callId}`, { key: owner.key })
  expect(read.body.input.text).toHaveLength(600_000)
})

test('the secrets of a call that may not be queued are not in the call log', async () => {
  for (const [operationId, input] of [
    ['calls.enqueue', { operationId: 'r.open', input: { pin: 'marked-4711' } }],
    ['calls.enqueueMany', { calls: [{ operationId: 'r.open', input: { pin: 'marked-4711' } }] }],
  ] as const) {
    const { status, body } = await call(hub, owner, operationId, input)
    expect([status, body.code]).toEqual([400, 'VALIDATION_ERROR'])
    const location = `/api/calls/${body.requestId}`
    const read = () => ask(hub, 'GET', location, { key: owner.key })
    await expect.poll(async () => (await read()).body.status).toBe('failed')
    expect(JSON.stringify((await read()).body)).not.toContain('marked-4711')
  }
})

test('an id or an instant that the database does not take is refused by its name, or counts as past', async () => {
  const queued = (more: object) =>
    call(hub, owner, 'calls.enqueue', { operationId: 'r.echo', ...more })
  const urn = `urn:uuid:${await run({ n: 4 })}`
  for (const [answer, path] of [
    [await queued({ callId: urn }), '/callId'],
    [await queued({ notBefore: '2016-12-31T23:59:60Z' }), '/notBefore'],
    [await call(hub, owner, 'calls.list', { from: '2016-12-31T23:59:60Z' }), '/from'],
    [await call(hub, hub.admin, 'audit.list', { before: '2016-12-31T23:59:60Z' }), '/before'],
  ] as const) {
    expect([answer.status, answer.body.details.errors[0].path]).toEqual([400, path])
  }
  const past = await queued({ notBefore: '0000-01-01T00:00:00Z' })
  expect((await ended(past.body.data.callId)).status).toBe('completed')
  expect((await call(hub, owner, 'calls.list', { minDurationMs: 1e308 })).body.data.items).toEqual(
    [],
  )
})
