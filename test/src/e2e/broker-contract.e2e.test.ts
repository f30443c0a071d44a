import { setTimeout as wait } from 'node:timers/promises'
import { createClient, createOrganization, ensureProject, setMembership } from '@alkdev/storage'
import { HubConnection } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack
let spokeKey: TestKey
let names = 0
/** For changes that arrive through the registry, on a busy machine. */
const PATIENT = { timeout: 20_000, interval: 50 }
const fresh = (): string => `s${(names += 1)}`

beforeAll(async () => {
  hub = await startTestStack({
    limits: { maxPayloadBytes: 64 * 1024 },
    spokes: { maxQueuedPerSocket: 6 },
  })
  spokeKey = await hub.createKey(['spokes:attach', 'hub:*'], hub.admin.accountId)
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const attach = (operations: readonly object[], more: object = {}): Promise<HandSpoke> =>
  HandSpoke.attach(hub.broker, spokeKey.key, fresh(), operations, more)
const client = (): Promise<PlainSocket> => PlainSocket.open(hub.broker, hub.admin.key)
const over = (id: string, input: unknown = {}) => call(hub, hub.admin, id, input)

test('a frame that is no frame is answered with an error and closes with 1008; one over the limit closes with 1009', async () => {
  const broken = await client()
  broken.socket.send('{"type":"call.requested","id":"x","payload":{"requestId":"x"}}')
  expect((await broken.next((frame) => frame.id === 'x')).payload).toMatchObject({
    code: 'VALIDATION_ERROR',
    message: '/payload/operationId must be a string of 1 to 256 characters.',
  })
  expect((await broken.closed).code).toBe(1008)
  const large = await client()
  large.socket.send('x'.repeat(8 * 1024 * 1024 + 1))
  expect((await large.closed).code).toBe(1009)
})

test('frames of unknown types and frames about nothing are ignored', async () => {
  await using socket = await client()
  socket.send('hub.something', 'a', {})
  socket.send('call.responded', 'b', {
    output: { data: 1, meta: { source: 'local', operationId: 'x.y', timestamp: 1 } },
  })
  socket.send('call.credit', 'c', { credits: 1 })
  socket.send('call.aborted', 'd', {})
  const answer = await socket.call('hub.list', { limit: 1 })
  expect(answer.type).toBe('call.responded')
})

test('an id used again while in flight is refused, and the first call lives', async () => {
  await using spoke = await attach([specOf('slow')])
  await using socket = await client()
  for (const _ of [1, 2])
    socket.send('call.requested', 'same', { operationId: spoke.id('slow'), input: {} })
  const request = await spoke.asked()
  expect((await socket.next((frame) => frame.id === 'same')).payload.code).toBe('VALIDATION_ERROR')
  spoke.answer(request.id, 'first')
  expect((await socket.next((frame) => frame.id === 'same')).payload.output.data).toBe('first')
})

test('(row 6) inputs, answers, items and metadata over the limit end their call alone; nothing is given to the spoke', async () => {
  await using spoke = await attach([specOf('any'), specOf('items', { type: 'subscription' })])
  await using socket = await client()
  const large = 'x'.repeat(65 * 1024)
  const refused = await socket.call(spoke.id('any'), { large })
  expect(refused.payload.code).toBe('PAYLOAD_TOO_LARGE')
  const metadata = await socket.call(spoke.id('any'), {}, { metadata: { large } })
  expect(metadata.payload.code).toBe('PAYLOAD_TOO_LARGE')
  const pending = socket.call(spoke.id('any'), { small: true })
  const request = await spoke.asked()
  expect(request.payload.input).toEqual({ small: true })
  spoke.answer(request.id, large)
  expect((await pending).payload.code).toBe('PAYLOAD_TOO_LARGE')
  expect((await spoke.received('call.aborted', request.id)).payload.reason).toContain('65536 are')
  const items = socket.call(spoke.id('items'), {})
  const stream = await spoke.asked()
  spoke.answer(stream.id, large, { seq: 1 })
  expect((await items).payload.code).toBe('PAYLOAD_TOO_LARGE')
  expect(spoke.socket.socket.readyState).toBe(1)
})

test('hub.register names every path that is wrong, and registers nothing', async () => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  const owner = { type: 'mcp', ownerId: hub.admin.accountId, config: {} }
  await createClient(hub.database.db, { ...owner, name: 'taken' })
  const name = fresh()
  const reserved = await register(socket, name, [
    specOf('a', { namespace: 'hub' }),
    specOf('b', { inputSchema: { type: 'nonsense' } }),
    specOf('c', { outputSchema: { description: 'x'.repeat(65 * 1024) } }),
    specOf('d'),
    specOf('d'),
  ])
  expect(reserved.payload.code).toBe('VALIDATION_ERROR')
  const paths = reserved.payload.details.errors.map((error: { path: string }) => error.path)
  expect([...new Set(paths)]).toEqual([
    '/operations/0/namespace',
    '/operations/1/inputSchema/type',
    '/operations/2/outputSchema',
    '/operations/4',
  ])
  const clients = await register(socket, name, [specOf('a', { namespace: 'taken' })])
  expect(clients.payload.details.errors).toEqual([
    { path: '/operations/0/namespace', message: '"taken" is the name of a client' },
  ])
  expect((await over('spokes.get', { name })).status).toBe(404)
})

test('a schema that is expensive to compile is accepted and enforced, and delays no other account', async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 1500 }, (_, n) => [`p${n}`, { type: 'string', minLength: 1 }]),
  )
  const wide = { type: 'object', properties, additionalProperties: false }
  await using spoke = await attach([specOf('wide', { inputSchema: wide })])
  const fits = over(spoke.id('wide'), { p7: 'x' })
  const { id, payload } = await spoke.asked()
  expect(payload.input).toEqual({ p7: 'x' })
  spoke.answer(id, 'taken')
  expect((await fits).body.data).toBe('taken')
  const refused = await over(spoke.id('wide'), { p7: 7, other: 1 })
  expect(refused.body.code).toBe('VALIDATION_ERROR')
  const paths = refused.body.details.errors.map((error: { path: string }) => error.path)
  expect(paths.toSorted()).toEqual(['/other', '/p7'])
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  const broken = specOf('broken', { inputSchema: { ...wide, required: 'p1' } })
  const answer = await register(socket, fresh(), [broken])
  expect(answer.payload.details.errors[0].path).toBe('/operations/0/inputSchema/required')
})

test('registering again on the same socket answers the token of the attachment and replaces the set', async () => {
  await using spoke = await attach([specOf('old'), specOf('kept')])
  const again = await register(spoke.socket, spoke.name, [specOf('kept'), specOf('new')])
  const { sessionToken, operations } = again.payload.output.data
  expect(sessionToken).toBe(spoke.token)
  expect(operations.map((operation: { name: string }) => operation.name)).toEqual([
    't.kept',
    't.new',
  ])
  expect((await over(spoke.id('old'))).body.code).toBe('OPERATION_NOT_FOUND')
  const pending = over(spoke.id('new'))
  spoke.answer((await spoke.asked()).id, 1)
  expect((await pending).status).toBe(200)
  const other = await register(spoke.socket, `${spoke.name}-other`, [])
  expect(other.payload.code).toBe('CONFLICT')
})

test('a project accepts spokes of its owner and of members of its organization, and of no other account', async () => {
  const { db } = hub.database
  const member = await hub.createKey(['spokes:attach'])
  const outsider = await hub.createKey(['spokes:attach'])
  const ownerId = hub.admin.accountId
  const organization = await createOrganization(db, {
    name: 'acme',
    slug: 'acme',
    ownerId,
  } as never)
  await setMembership(db, organization.id, member.accountId, 'member')
  const project = await ensureProject(db, {
    ownerId,
    orgId: organization.id,
    slug: 'site',
  })
  const own = await ensureProject(db, { ownerId, slug: 'own' })
  const attachAs = async ({ key }: TestKey, projectId: string): Promise<string> => {
    await using socket = await PlainSocket.open(hub.broker, key)
    const answer = await register(socket, fresh(), [], { projectId })
    return answer.payload.code ?? 'attached'
  }
  // The broker reads of the membership within a second.
  await expect.poll(() => attachAs(member, project.id), PATIENT).toBe('attached')
  expect(await attachAs(outsider, project.id)).toBe('ACCESS_DENIED')
  expect(await attachAs(member, own.id)).toBe('ACCESS_DENIED')
  expect(await attachAs(spokeKey, own.id)).toBe('attached')
  expect(await attachAs(spokeKey, '01890000-0000-7000-8000-00000000dead')).toBe('ACCESS_DENIED')
})

test('codes that only the hub may use become EXECUTION_ERROR, declared ones keep their status', async () => {
  const errorSchemas = [
    { code: 'GONE', description: 'gone', schema: {}, httpStatus: 410 },
    { code: 'PROVIDER_UNAVAILABLE', description: 'a lie', schema: {} },
  ]
  await using spoke = await attach([specOf('fails', { errorSchemas })])
  const fails = async (code: string): Promise<readonly [number, string]> => {
    const pending = over(spoke.id('fails'))
    spoke.fail((await spoke.asked()).id, code)
    const answer = await pending
    return [answer.status, answer.body.code]
  }
  expect(await fails('GONE')).toEqual([410, 'GONE'])
  expect(await fails('CONFLICT')).toEqual([409, 'CONFLICT'])
  for (const code of ['PROVIDER_UNAVAILABLE', 'PROVIDER_LOST', 'OVERLOADED', 'MADE_UP'])
    expect(await fails(code)).toEqual([500, 'EXECUTION_ERROR'])
})

test('details of a declared error that do not fit their schema do not reach the caller, whatever the size of the schema', async () => {
  const schema = {
    type: 'object',
    properties: { tea: { type: 'string' } },
    additionalProperties: false,
  }
  // The number of properties has it compiled outside of the event loop.
  const names = Array.from({ length: 300 }, (_, at) => [`p${at}`, { type: 'string' }])
  const properties = { ...Object.fromEntries(names), ...schema.properties }
  const errorSchemas = [
    { code: 'TEAPOT', description: 'short', schema, httpStatus: 418 },
    { code: 'POT', description: 'long', schema: { ...schema, properties }, httpStatus: 418 },
    { code: 'CONFLICT', description: 'of the table', schema },
  ]
  await using spoke = await attach([specOf('fails', { errorSchemas })])
  const fails = async (code: string, details: unknown): Promise<readonly unknown[]> => {
    const pending = over(spoke.id('fails'))
    spoke.fail((await spoke.asked()).id, code, details)
    const { status, body } = await pending
    return [status, body.code, body.details]
  }
  const good = { tea: 'green' }
  const bad = { tea: 'green', secret: 1 }
  for (const code of ['TEAPOT', 'POT']) {
    expect(await fails(code, good)).toEqual([418, code, good])
    expect(await fails(code, bad)).toEqual([500, 'EXECUTION_ERROR', { code }])
  }
  expect(await fails('CONFLICT', good)).toEqual([409, 'CONFLICT', good])
  expect(await fails('CONFLICT', bad)).toEqual([409, 'CONFLICT', undefined])
})

test('the retry time reaches a caller on a socket: from the hub when there is no provider, from a spoke for its own refusals', async () => {
  await using socket = await client()
  const spoke = await attach([specOf('limited')])
  const limited = socket.call(spoke.id('limited'), {})
  const { id } = await spoke.asked()
  spoke.socket.send('call.error', id, {
    code: 'RATE_LIMITED',
    message: 'slowly',
    retryAfterMs: 2500,
  })
  expect((await limited).payload).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 2500 })
  spoke.cut()
  await vi.waitFor(async () => {
    const { payload } = await socket.call(spoke.id('limited'), {})
    expect(payload).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
    expect(payload.retryAfterMs).toBeGreaterThan(0)
  })
})

test('(row 15) when a spoke is at capacity, calls queue fairly per caller, then OVERLOADED says when to retry', async () => {
  await using spoke = await attach([specOf('work')], { capacity: 1 })
  const friend = await hub.createKey(['*'])
  await hub.database.sql`
    update api_keys set resources = ${JSON.stringify({ [`spoke:${spoke.name}`]: ['call'] })}
    where id = ${friend.keyId}`
  await using first = await client()
  await using second = await PlainSocket.open(hub.broker, friend.key)
  const input = (n: number): object => ({ operationId: spoke.id('work'), input: { n } })
  for (const n of [0, 1, 2, 3, 4]) first.send('call.requested', `a${n}`, input(n))
  await wait(100)
  for (const n of [10, 11]) second.send('call.requested', `b${n}`, input(n))
  await wait(100)
  const refused = await over(spoke.id('work'), { n: 99 })
  expect(refused.status).toBe(503)
  expect(refused.body.code).toBe('OVERLOADED')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  const onSocket = await first.call(spoke.id('work'), { n: 99 })
  expect(onSocket.payload).toMatchObject({ code: 'OVERLOADED' })
  expect(onSocket.payload.retryAfterMs).toBeGreaterThanOrEqual(100)
  await using library = await HubConnection.open({ hub: hub.gateway, key: hub.admin.key })
  expect(await library.call(spoke.id('work')).catch((error: unknown) => error)).toMatchObject({
    code: 'OVERLOADED',
    retryAfterMs: expect.any(Number),
  })
  const order: number[] = []
  while (order.length < 7) {
    const request = await spoke.asked()
    order.push(request.payload.input.n)
    spoke.answer(request.id, null)
  }
  expect(order).toEqual([0, 1, 10, 2, 11, 3, 4])
})

test('a slow reader slows the spoke; one that exceeds its credit loses that call and not its socket', async () => {
  await using spoke = await attach([specOf('items', { type: 'subscription' })])
  await using socket = await client()
  socket.send('call.requested', 'slow', { operationId: spoke.id('items'), input: {} })
  const request = await spoke.asked()
  // An honest spoke: 32 items, then as many as credited.
  let sent = 0
  let credits = 32
  const pump = async (): Promise<void> => {
    for (;;) {
      for (; credits > 0; credits--) spoke.answer(request.id, (sent += 1), { seq: sent })
      const credit = await spoke.received('call.credit', request.id).catch(() => undefined)
      if (!credit) return
      credits += credit.payload.credits
    }
  }
  void pump()
  await wait(500)
  expect(sent).toBeLessThanOrEqual(96)
  const before = sent
  for (let got = 0; got < 32; got++) await socket.next((frame) => frame.payload.seq === got + 1)
  await wait(300)
  // Nothing beyond the first 32 came to a reader that gave no credit.
  expect(socket.frames.filter((frame) => frame.type === 'call.responded')).toEqual([])
  socket.send('call.credit', 'slow', { credits: 64 })
  await socket.next((frame) => frame.payload.seq === 64)
  await wait(300)
  expect(sent).toBeGreaterThan(before)
  for (let more = 0; more < 200; more++) spoke.answer(request.id, 'flood', { seq: (sent += 1) })
  expect((await spoke.received('call.aborted', request.id)).payload.reason).toMatch(/more items/)
  expect(spoke.socket.socket.readyState).toBe(1)
  // What came before the end is read first.
  socket.send('call.credit', 'slow', { credits: 1000 })
  const { payload } = await socket.next((frame) => frame.type === 'call.error')
  expect(payload).toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown', reason: 'overrun', received: expect.any(Number) },
  })
})

test('a gap in a stream, or a count that does not fit, is PROVIDER_LOST with what was received, never completed', async () => {
  await using spoke = await attach([specOf('items', { type: 'subscription' })])
  await using socket = await client()
  for (const how of ['gap', 'count'] as const) {
    socket.send('call.requested', how, { operationId: spoke.id('items'), input: {} })
    const request = await spoke.asked()
    spoke.answer(request.id, 1, { seq: 1 })
    if (how === 'gap') spoke.answer(request.id, 3, { seq: 3 })
    else spoke.socket.send('call.completed', request.id, { count: 2 })
    const end = await socket.next((frame) => frame.id === how && frame.type !== 'call.responded')
    expect(end.payload).toMatchObject({
      code: 'PROVIDER_LOST',
      details: { outcome: 'unknown', received: 1 },
    })
  }
  socket.send('call.requested', 'uncounted', { operationId: spoke.id('items'), input: {} })
  const request = await spoke.asked()
  for (const item of ['a', 'b']) spoke.answer(request.id, item)
  spoke.socket.send('call.completed', request.id, {})
  const completed = await socket.next((frame) => frame.type === 'call.completed')
  expect(completed.payload.count).toBe(2)
})

test('(rows 17, 18) a cancel is pushed to the handler, ahead of whatever is asked after it, and its receipt is kept', async () => {
  await using spoke = await attach([specOf('slow')])
  await using socket = await client()
  const ask = async (id: string): Promise<string> => {
    socket.send('call.requested', id, { operationId: spoke.id('slow'), input: {} })
    return (await spoke.asked()).id
  }
  for (let at = 0; at < 10; at++) {
    const requestId = await ask(`c${at}`)
    const before = spoke.socket.frames.length
    socket.send('call.aborted', `c${at}`, { reason: 'changed my mind' })
    socket.send('call.requested', `next${at}`, { operationId: spoke.id('slow'), input: {} })
    await vi.waitFor(() => {
      const frames = spoke.socket.frames
        .slice(before)
        .filter(({ type }) => type.startsWith('call.'))
      expect(frames.map(({ type }) => type)).toEqual(['call.aborted', 'call.requested'])
    })
    const abort = await spoke.received('call.aborted', requestId)
    expect(abort.payload.reason).toBe('changed my mind')
    spoke.fail(requestId, 'ABORTED')
    expect((await socket.next((frame) => frame.id === `c${at}`)).payload.code).toBe('ABORTED')
    spoke.answer((await spoke.asked()).id, 'next')
    await socket.next((frame) => frame.id === `next${at}`)
  }
  const ignoring = await ask('ignored')
  socket.send('call.aborted', 'ignored', {})
  await spoke.received('call.aborted', ignoring)
  const receipts = async (): Promise<readonly number[]> => {
    const rows = await hub.database.sql`
      select metadata from call_log where operation_name = ${spoke.id('slow')}`
    const texts = rows.map((row) => JSON.stringify(row))
    return ['honoured', 'ignored'].map((one) => texts.filter((text) => text.includes(one)).length)
  }
  await expect.poll(receipts, { timeout: 10_000 }).toEqual([10, 1])
})

test('(row 7) a call that exceeds its deadline is aborted at the spoke, and its late answer changes nothing', async () => {
  await using spoke = await attach([specOf('slow')])
  await using socket = await client()
  const pending = socket.call(spoke.id('slow'), {}, { timeoutMs: 100 })
  const request = await spoke.asked()
  expect(request.payload.timeoutMs).toBeLessThanOrEqual(100)
  expect((await pending).payload.code).toBe('TIMEOUT')
  await spoke.received('call.aborted', request.id)
  spoke.answer(request.id, 'late')
  expect((await socket.call('hub.list', { limit: 1 })).type).toBe('call.responded')
  expect(socket.frames.filter((frame) => frame.id === request.id)).toEqual([])
})

test('(row 2) a caller that disconnects aborts its call and affects no other call', async () => {
  await using spoke = await attach([specOf('slow')])
  const socket = await client()
  socket.send('call.requested', 'gone', { operationId: spoke.id('slow'), input: {} })
  const request = await spoke.asked()
  socket.socket.terminate()
  await spoke.received('call.aborted', request.id)
  spoke.answer(request.id, 'late')
  const pending = over(spoke.id('slow'))
  spoke.answer((await spoke.asked()).id, 'still here')
  expect((await pending).body.data).toBe('still here')
})

test('(row 16) too slow, busy, lost, without provider and unknown give different errors, and a refused call never reached the spoke', async () => {
  const spoke = await attach([specOf('x', { type: 'mutation' })], { capacity: 1 })
  await using socket = await client()
  const id = spoke.id('x')
  const slow = socket.call(id, {}, { timeoutMs: 100 })
  const { id: late } = await spoke.asked()
  expect((await slow).payload.code).toBe('TIMEOUT')
  spoke.socket.send('call.aborted', late, {})
  // One is given, six wait.
  const pending = Array.from({ length: 7 }, (_, n) => socket.call(id, { n }))
  const given = await spoke.asked()
  await vi.waitFor(async () => expect((await over(id)).body.code).toBe('OVERLOADED'))
  spoke.cut()
  const ends = await Promise.all(pending)
  expect(ends.map(({ payload }) => payload.code)).toEqual([
    'PROVIDER_LOST',
    ...Array.from({ length: 6 }, () => 'PROVIDER_UNAVAILABLE'),
  ])
  expect(given.payload.input).toEqual({ n: 0 })
  expect(spoke.socket.frames.filter(({ type }) => type === 'call.requested')).toEqual([])
  const absent = await over(id)
  expect([absent.status, absent.body.code]).toEqual([503, 'PROVIDER_UNAVAILABLE'])
  expect(absent.headers.get('retry-after')).not.toBeNull()
  const unknown = await over('client.unknown.t.x')
  expect([unknown.status, unknown.body.code]).toEqual([404, 'OPERATION_NOT_FOUND'])
})

test('a revoked key closes its sockets with 4401 within a second, its calls end, and the spoke is gone permanently', async () => {
  const key = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const spoke = await HandSpoke.attach(hub.broker, key.key, fresh(), [
    specOf('slow', { resumable: true }),
  ])
  const pending = over(spoke.id('slow'))
  await spoke.asked()
  await over('keys.revoke', { keyId: key.keyId })
  expect((await spoke.socket.closed).code).toBe(4401)
  expect((await pending).body).toMatchObject({ code: 'PROVIDER_LOST' })
  await expect
    .poll(async () => (await over('spokes.get', { name: spoke.name })).body.data.status)
    .toBe('disconnected')
})

test('hub.unregister ends what is in flight, takes nothing new, and closes with 1000', async () => {
  const spoke = await attach([specOf('slow')])
  const pending = over(spoke.id('slow'))
  const request = await spoke.asked()
  await spoke.socket.call('hub.unregister', {})
  expect((await over(spoke.id('slow'))).body.code).toBe('PROVIDER_UNAVAILABLE')
  spoke.answer(request.id, 'last')
  expect((await pending).body.data).toBe('last')
  expect((await spoke.socket.closed).code).toBe(1000)
  // The gateway hears of it from the registry, after the socket has closed.
  const path = `/api/operations/${spoke.id('slow')}`
  const providers = async (): Promise<number> =>
    (await ask(hub, 'GET', path, { key: hub.admin.key })).body.providerCount ?? 0
  await expect.poll(providers, PATIENT).toBe(0)
})

test('(row 17) an aborted call keeps its place until the spoke says that it has stopped', async () => {
  await using spoke = await attach([specOf('slow')], { capacity: 1 })
  await using socket = await client()
  socket.send('call.requested', 'first', { operationId: spoke.id('slow'), input: {} })
  const first = await spoke.asked()
  socket.send('call.aborted', 'first', {})
  await spoke.received('call.aborted', first.id)
  socket.send('call.requested', 'second', { operationId: spoke.id('slow'), input: {} })
  await wait(200)
  expect(spoke.socket.frames.filter((frame) => frame.type === 'call.requested')).toEqual([])
  spoke.socket.send('call.aborted', first.id, {})
  spoke.answer((await spoke.asked()).id, 'next')
  expect((await socket.next((frame) => frame.id === 'second')).payload.output.data).toBe('next')
})
