import { uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import type { Answer } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

interface Started {
  readonly requestId: string
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- inputs of every shape
  readonly input: any
  readonly key: unknown
  answer(data: unknown): void
  fail(code: string): void
}

let hub: TestStack
let owner: TestKey
let spoke: PlainSocket
/** What the spoke was given, in this order. */
const started: Started[] = []
const aborted: string[] = []

const spec = (name: string, more: object = {}): object => ({
  namespace: 'q',
  name,
  version: '1.0.0',
  type: 'mutation',
  description: `The operation ${name} of the tests.`,
  inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  outputSchema: {},
  accessControl: { requiredScopes: ['q:use'] },
  ...more,
})

const OPERATIONS = [
  spec('echo', { retry: 'safe' }),
  spec('flaky', { retry: 'safe' }),
  spec('pay', { retry: 'keyed' }),
  spec('fire'),
  spec('slow'),
  spec('items', { type: 'subscription' }),
]

async function attach(): Promise<void> {
  spoke = await PlainSocket.open(hub.broker, owner.key)
  await register(spoke, 'worker', OPERATIONS)
  spoke.socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
    if (type === 'call.aborted') aborted.push(id)
    if (type !== 'call.requested') return
    const { operationId: name, input, idempotencyKey: key } = payload
    const socket = spoke
    const one: Started = {
      requestId: id,
      name,
      input,
      key,
      answer: (answer) => socket.send('call.responded', id, { output: { data: answer } }),
      fail: (code) => socket.send('call.error', id, { code, message: 'It failed.' }),
    }
    started.push(one)
    if (name === 'q.echo' || name === 'q.pay') one.answer({ input })
    if (name === 'q.fire') one.fail('EXECUTION_ERROR')
    if (name === 'q.flaky') {
      const before = started.filter((other) => other.name === name && other.input.n === input.n)
      if (before.length < 3) one.fail('EXECUTION_ERROR')
      else one.answer('at last')
    }
  })
}

beforeAll(async () => {
  hub = await startTestStack()
  owner = await hub.createKey(['spokes:attach', 'q:use', 'calls:enqueue'])
  await attach()
  await vi.waitUntil(async () => (await call(hub, owner, 'q.echo', {})).status === 200, {
    timeout: 10_000,
  })
})
afterAll(() => hub[Symbol.asyncDispose]())

const enqueue = (input: object, key: TestKey = owner): Promise<Answer> =>
  call(hub, key, 'calls.enqueue', input)
const end = async (callId: string): Promise<Answer> =>
  call(hub, owner, 'calls.await', { callId, timeoutMs: 20_000 }, { 'x-deadline-ms': '25000' })
const inputsOf = (name: string): readonly unknown[] =>
  started.filter((one) => one.name === name).map(({ input }) => input)

test('respond-async answers 202 with the place of the result, which has it when the call has ended', async () => {
  const accepted = await call(hub, owner, 'q.echo', { n: 1 }, { prefer: 'respond-async' })
  expect(accepted.status).toBe(202)
  const location = accepted.headers.get('location') ?? ''
  expect(location).toBe(`/api/calls/${accepted.headers.get('x-request-id')}`)
  expect(accepted.body).toMatchObject({ status: 'accepted', location })
  expect((await end(accepted.body.callId)).body.data).toMatchObject({
    status: 'completed',
    attempts: 1,
    output: { data: { input: { n: 1 } } },
  })
  const read = await ask(hub, 'GET', `${location}?tree=1`, { key: owner.key })
  expect(read.body).toMatchObject({
    callId: accepted.body.callId,
    operationId: 'q.echo',
    status: 'completed',
    queued: { priority: 0 },
  })
  const { callId } = accepted.body
  const tree = (key: TestKey): Promise<Answer> => call(hub, key, 'calls.tree', { callId })
  await vi.waitUntil(async () => (await tree(owner)).body.data.calls.length > 0)
  expect((await tree(owner)).body.data).toMatchObject({
    root: { callId, operationId: 'q.echo', status: 'completed', attempts: 1 },
    calls: [{ operationId: 'q.echo', parentCallId: callId, status: 'completed' }],
  })
  const outsider = await hub.createKey(['q:use'])
  expect((await tree(outsider)).status).toBe(404)
  expect((await ask(hub, 'GET', location, { key: outsider.key })).status).toBe(404)
  expect((await call(hub, outsider, 'calls.await', { callId: uuidv7() })).status).toBe(404)
})

test('what cannot be queued is refused before anything is stored', async () => {
  const refused = async (input: object): Promise<unknown> => (await enqueue(input)).body.code
  expect(await refused({ operationId: 'q.none' })).toBe('OPERATION_NOT_FOUND')
  expect(await refused({ operationId: 'q.echo', input: { n: 'one' } })).toBe('VALIDATION_ERROR')
  expect(await refused({ operationId: 'q.items' })).toBe('VALIDATION_ERROR')
  expect(await refused({ operationId: 'keys.create', input: {} })).toBe('OPERATION_NOT_FOUND')
  expect(await refused({ operationId: 'q.echo', notBefore: '9999-01-01T00:00:00Z' })).toBe(
    'VALIDATION_ERROR',
  )
  const bulk = await call(hub, owner, 'calls.enqueueMany', {
    calls: [{ operationId: 'q.echo', input: { n: 77 } }, { operationId: 'q.none' }],
  })
  expect(bulk.body).toMatchObject({ code: 'OPERATION_NOT_FOUND', details: { index: 1 } })
  const narrow = await hub.createKey(['q:use'], owner.accountId)
  const async = await call(hub, narrow, 'q.echo', {}, { prefer: 'respond-async' })
  expect(async.body).toMatchObject({ status: 403, code: 'ACCESS_DENIED' })
  expect(inputsOf('q.echo')).not.toContainEqual({ n: 77 })
})

test('many calls are queued at once, and each runs once', async () => {
  const calls = Array.from({ length: 200 }, (_, at) => ({
    operationId: 'q.echo',
    input: { n: 1000 + at },
  }))
  const { body } = await call(hub, owner, 'calls.enqueueMany', { calls })
  expect(body.data.calls).toHaveLength(200)
  const ends = await Promise.all(
    body.data.calls.map(({ callId }: { callId: string }) => end(callId)),
  )
  expect(ends.map((one) => one.body.data.status)).toEqual(calls.map(() => 'completed'))
  const ran = inputsOf('q.echo').filter((input) => (input as { n: number }).n >= 1000)
  expect(ran).toHaveLength(200)
})

test('an idempotency key queues one call, for both ways to call, and another input is a conflict', async () => {
  const key = { 'idempotency-key': 'order-1' }
  const prefer = { ...key, prefer: 'respond-async' }
  const first = await call(hub, owner, 'q.pay', { n: 5 }, prefer)
  await end(first.body.callId)
  const again = await call(hub, owner, 'q.pay', { n: 5 }, prefer)
  expect(again.body.callId).toBe(first.body.callId)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  const interactive = await call(hub, owner, 'q.pay', { n: 5 }, key)
  expect(interactive.body.data).toEqual({ input: { n: 5 } })
  expect((await call(hub, owner, 'q.pay', { n: 6 }, prefer)).status).toBe(409)
  expect(started.filter(({ name }) => name === 'q.pay')).toMatchObject([{ key: 'order-1' }])
})

test('a safe call is repeated after failures, with a key for a keyed one, and a call that must not be is a dead letter', async () => {
  const flaky = await enqueue({ operationId: 'q.flaky', input: { n: 1 }, backoffMs: 10 })
  expect((await end(flaky.body.data.callId)).body.data).toMatchObject({
    status: 'completed',
    attempts: 3,
  })
  // The log names the queued call of each attempt.
  const attempts = async (): Promise<unknown[]> => {
    const id = flaky.body.data.callId as string
    const rows = await hub.database.sql`select status from call_log where attempt_of = ${id}`
    return rows.map(({ status }) => String(status)).toSorted()
  }
  await expect.poll(attempts, { timeout: 10_000 }).toEqual(['completed', 'failed', 'failed'])
  const few = { operationId: 'q.flaky', input: { n: 2 }, backoffMs: 10, maxAttempts: 2 }
  const short = await enqueue(few)
  expect((await end(short.body.data.callId)).body.data).toMatchObject({
    status: 'failed',
    attempts: 2,
    error: { code: 'EXECUTION_ERROR' },
  })
  const fire = await enqueue({ operationId: 'q.fire', input: { n: 3 } })
  const { callId } = fire.body.data
  expect((await end(callId)).body.data).toMatchObject({ status: 'failed', attempts: 1 })
  expect(inputsOf('q.fire')).toHaveLength(1)
  const keyed = await enqueue({ operationId: 'q.pay', input: { n: 8 } })
  await end(keyed.body.data.callId)
  expect(started.at(-1)).toMatchObject({ name: 'q.pay', key: keyed.body.data.callId })

  const dead = await call(hub, owner, 'calls.deadLetters', { operationId: 'q.fire' })
  expect(dead.body.data.items).toMatchObject([{ callId, error: { code: 'EXECUTION_ERROR' } }])
  const filter = { operationId: 'q.fire', code: 'EXECUTION_ERROR' }
  const counted = await call(hub, owner, 'calls.repeatDead', { ...filter, dryRun: true })
  expect(counted.body.data).toEqual({ repeated: [], refused: [], left: 1 })
  const repeated = await call(hub, owner, 'calls.repeatDead', filter)
  const [{ repeatedAs }] = repeated.body.data.repeated
  expect((await end(repeatedAs)).body.data.status).toBe('failed')
  expect(inputsOf('q.fire')).toHaveLength(2)
  const before = await call(hub, owner, 'calls.get', { callId })
  expect(before.body.data.queued).toMatchObject({ repeatedAs })
  const other = await hub.createKey(['calls:enqueue'])
  expect((await call(hub, other, 'calls.repeatDead', { callId: repeatedAs })).status).toBe(404)
})

test('queued calls are found by key and time, and dead letters are repeated from the newest to the oldest', async () => {
  const fire = async (n: number): Promise<string> => {
    const { callId } = (await enqueue({ operationId: 'q.fire', input: { n } })).body.data
    await end(callId)
    return callId as string
  }
  const older = await fire(301)
  const between = new Date(Date.now() + 1)
  await vi.waitUntil(() => Date.now() > between.getTime() + 1)
  const newer = await fire(302)
  const listed = async (filters: object): Promise<string[]> => {
    const { body } = await call(hub, owner, 'calls.queued', { operationId: 'q.fire', ...filters })
    return body.data.items.map((one: { callId: string }) => one.callId)
  }
  expect(await listed({ from: between.toISOString() })).toEqual([newer])
  expect((await listed({ before: between.toISOString() }))[0]).toBe(older)
  const dead = { operationId: 'q.fire', from: new Date(between.getTime() - 60_000).toISOString() }
  const early = { ...dead, before: between.toISOString() }
  const counted = await call(hub, owner, 'calls.repeatDead', { ...early, dryRun: true })
  expect((await call(hub, owner, 'calls.deadLetters', early)).body.data.items).toHaveLength(
    counted.body.data.left,
  )
  const first = await call(hub, owner, 'calls.repeatDead', { ...dead, limit: 1 })
  const { nextCursor: cursor, repeated } = first.body.data
  expect(repeated).toMatchObject([{ callId: newer }])
  // It fails again, and is newer than what the next request looks at.
  expect((await end(repeated[0].repeatedAs)).body.data.status).toBe('failed')
  const second = await call(hub, owner, 'calls.repeatDead', { ...dead, limit: 1, cursor })
  expect(second.body.data.repeated).toMatchObject([{ callId: older }])
  await end(second.body.data.repeated[0].repeatedAs)
  const other = await call(hub, owner, 'calls.repeatDead', { operationId: 'q.pay', cursor })
  expect(other.body.code).toBe('VALIDATION_ERROR')

  // A key is found before its call has run.
  const later = { operationId: 'q.pay', idempotencyKey: 'waits', delayMs: 3_600_000 }
  const { callId } = (await enqueue(later)).body.data
  const byKey = await call(hub, owner, 'calls.queued', { idempotencyKey: 'waits' })
  expect(byKey.body.data.items).toMatchObject([{ callId, status: 'accepted' }])
  expect((await call(hub, owner, 'calls.abort', { callId })).status).toBe(200)
})

test('a call whose provider is unavailable waits for it', async () => {
  const gone = await hub.createKey(['spokes:attach', 'q:use', 'calls:enqueue'])
  const first = await PlainSocket.open(hub.broker, gone.key)
  const operations = [{ ...spec('ping'), namespace: 'away' }]
  await register(first, 'away', operations)
  await vi.waitUntil(async () => {
    const answer = await call(hub, gone, 'hub.schema', { operationId: 'away.ping' })
    return answer.status === 200
  })
  first.socket.terminate()
  await first.closed
  const { body } = await enqueue({ operationId: 'away.ping', backoffMs: 10 }, gone)
  const read = async (): Promise<Answer> =>
    call(hub, gone, 'calls.get', { callId: body.data.callId })
  await expect
    .poll(async () => (await read()).body.data, { timeout: 10_000 })
    .toMatchObject({ status: 'accepted', attempts: 0, error: { code: 'PROVIDER_UNAVAILABLE' } })
  const second = await PlainSocket.open(hub.broker, gone.key)
  second.socket.on('message', (data: Buffer) => {
    const { type, id } = JSON.parse(data.toString()) as PlainFrame
    if (type === 'call.requested') second.send('call.responded', id, { output: { data: 'pong' } })
  })
  await register(second, 'away', operations)
  await expect
    .poll(async () => (await read()).body.data, { timeout: 25_000 })
    .toMatchObject({ status: 'completed', attempts: 1, output: { data: 'pong' } })
}, 60_000)

test('a waiting call is aborted without running, a running one through to its handler', async () => {
  const waiting = await enqueue({ operationId: 'q.echo', input: { n: 99 }, delayMs: 3_600_000 })
  const path = (callId: string): string => `/api/calls/${callId}`
  const { callId } = waiting.body.data
  expect((await ask(hub, 'DELETE', path(callId), { key: owner.key })).body).toMatchObject({
    receipt: 'honoured',
  })
  expect((await end(callId)).body.data).toMatchObject({ status: 'aborted', attempts: 0 })
  expect((await ask(hub, 'DELETE', path(callId), { key: owner.key })).body).toMatchObject({
    receipt: 'too-late',
  })
  const running = await enqueue({ operationId: 'q.slow', input: { n: 1 } })
  await expect.poll(() => inputsOf('q.slow')).toContainEqual({ n: 1 })
  const before = aborted.length
  await ask(hub, 'DELETE', path(running.body.data.callId), { key: owner.key })
  expect((await end(running.body.data.callId)).body.data).toMatchObject({
    status: 'aborted',
    error: { code: 'ABORTED' },
  })
  expect(aborted.length).toBe(before + 1)
})

test('a revoked key and shrunken rights stop the calls that were queued with them', async () => {
  const later = async (key: TestKey, n: number): Promise<string> =>
    (await enqueue({ operationId: 'q.echo', input: { n }, delayMs: 1500 }, key)).body.data.callId
  const revoked = await hub.createKey(['q:use', 'calls:enqueue'], owner.accountId)
  const shrunken = await hub.createKey(['q:use', 'calls:enqueue'], owner.accountId)
  const ids = [await later(revoked, 501), await later(shrunken, 502)]
  await call(hub, hub.admin, 'keys.revoke', { keyId: revoked.keyId })
  await hub.database
    .sql`update api_keys set scopes = '{calls:enqueue}' where id = ${shrunken.keyId}`
  const ends = await Promise.all(ids.map((callId) => end(callId)))
  expect(ends.map(({ body }) => body.data)).toMatchObject([
    { status: 'failed', error: { code: 'UNAUTHENTICATED' } },
    { status: 'failed', error: { code: 'ACCESS_DENIED' } },
  ])
  const inputs = inputsOf('q.echo')
  expect(inputs).not.toContainEqual({ n: 501 })
  expect(inputs).not.toContainEqual({ n: 502 })
})

test('a key that loses a right while its queued call runs ends the call', async () => {
  const narrow = await hub.createKey(['q:use', 'calls:enqueue'], owner.accountId)
  const { callId } = (await enqueue({ operationId: 'q.slow', input: { n: 503 } }, narrow)).body.data
  await vi.waitUntil(() => inputsOf('q.slow').some((input) => (input as { n: number }).n === 503), {
    timeout: 10_000,
  })
  const { status } = await call(hub, hub.admin, 'keys.update', {
    keyId: narrow.keyId,
    scopes: ['calls:enqueue'],
  })
  expect(status).toBe(200)
  expect((await end(callId)).body.data).toMatchObject({
    status: 'failed',
    error: { code: 'ACCESS_DENIED', details: { outcome: 'unknown' } },
  })
})

test('a call that runs while its key is rotated goes on, and the calls below it, with the rights of the new key, unless the grants stay with the old one', async () => {
  const slow = (n: number) =>
    started.find((one) => one.name === 'q.slow' && (one.input as { n: number }).n === n)
  const running = async (n: number) => {
    const { keyId, ...key } = await hub.createKey(['q:use', 'calls:enqueue'], owner.accountId)
    const given = { operationId: 'q.slow', input: { n } }
    const { callId } = (await enqueue(given, { ...key, keyId })).body.data
    await vi.waitUntil(() => slow(n) !== undefined, { timeout: 10_000 })
    return { callId, keyId }
  }
  const rotate = async (keyId: string, moveGrants: boolean): Promise<string> => {
    const { status, body } = await call(hub, hub.admin, 'keys.rotate', { keyId, moveGrants })
    expect(status).toBe(200)
    return body.data.keyId
  }
  const [kept, revoked, left] = [await running(504), await running(505), await running(506)]
  const second = await rotate(kept.keyId, true)
  const successor = await rotate(revoked.keyId, true)
  await rotate(left.keyId, false)
  const lost = {
    status: 'failed',
    error: { code: 'UNAUTHENTICATED', details: { outcome: 'unknown' } },
  }
  expect((await end(left.callId)).body.data).toMatchObject(lost)
  await rotate(second, true)
  await call(hub, hub.admin, 'keys.revoke', { keyId: successor })
  expect((await end(revoked.callId)).body.data).toMatchObject(lost)
  // What the spoke calls on behalf of the caller has the rights of the key that has the grant now.
  const below = (input: object) =>
    spoke.call('q.echo', input, { parentRequestId: slow(504)?.requestId ?? '' })
  expect(await below({ n: 507 })).toMatchObject({
    type: 'call.responded',
    payload: { output: { data: { input: { n: 507 } } } },
  })
  slow(504)?.answer('done')
  expect((await end(kept.callId)).body.data).toMatchObject({
    status: 'completed',
    output: { data: 'done' },
  })
})

test('a spoke queues calls on its own socket', async () => {
  const frame = await spoke.call('calls.enqueue', { operationId: 'q.echo', input: { n: 700 } })
  expect(frame.type).toBe('call.responded')
  await end(frame.payload.output.data.callId)
  expect(inputsOf('q.echo')).toContainEqual({ n: 700 })
})
