import { setTimeout as wait } from 'node:timers/promises'
import { attachSpoke, query } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, call } from '../http.ts'
import { echoSpec, PlainSocket, register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

const ABSENT_ID = '01990000-0000-7000-8000-000000000001'

let hub: TestStack
let spokeKey: TestKey

beforeAll(async () => {
  hub = await startTestStack()
  spokeKey = await hub.createKey(['spokes:attach'], hub.admin.accountId)
})
afterAll(() => hub?.[Symbol.asyncDispose]())

test('without a key, with a wrong one, with two and with another scheme the answer is UNAUTHENTICATED', async () => {
  const wrong = `${hub.admin.key.slice(0, -4)}AAAA`
  const tries: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${wrong}` },
    { authorization: 'Bearer alk_' },
    { authorization: 'Bearer' },
    { authorization: `Basic ${hub.admin.key}` },
    { authorization: `Bearer ${hub.admin.key}`, 'x-api-key': wrong },
    { 'x-api-key': `alk_${'x'.repeat(8000)}` },
  ]
  for (const headers of tries) {
    const answer = await ask(hub, 'POST', '/api/operations/hub.list', {
      body: {},
      headers,
    })
    expect([answer.status, answer.body.code]).toEqual([401, 'UNAUTHENTICATED'])
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  }
})

test('an unknown operation and one that the key may not see have the same answer', async () => {
  const outsider = await hub.createKey([])
  const unknown = await call(hub, outsider, 'no.such')
  const hidden = await call(hub, outsider, 'tasks.sync', { files: [] })
  expect([unknown.status, hidden.status]).toEqual([404, 404])
  expect(hidden.body.detail.replace('tasks.sync', 'no.such')).toBe(unknown.body.detail)
  expect(Object.keys(hidden.body)).toEqual(Object.keys(unknown.body))
  const schema = await ask(hub, 'GET', '/api/operations/tasks.sync', { key: outsider.key })
  expect(schema.body.code).toBe('OPERATION_NOT_FOUND')
})

test.each([
  ['sessions.list', { project: 'absent' }, 'PROJECT_NOT_FOUND'],
  ['sessions.create', { project: 'absent' }, 'PROJECT_NOT_FOUND'],
  ['sessions.create', { role: 'absent' }, 'ROLE_NOT_FOUND'],
  ['sessions.create', { workspaceId: ABSENT_ID }, 'WORKSPACE_NOT_FOUND'],
  ['sessions.import', { document: { messages: [] }, project: 'absent' }, 'PROJECT_NOT_FOUND'],
  ['coord.spawn', { prompt: 'x', project: 'absent' }, 'PROJECT_NOT_FOUND'],
  ['coord.spawn', { prompt: 'x', role: 'absent' }, 'ROLE_NOT_FOUND'],
  ['coord.spawn', { prompt: 'x', task: 'absent' }, 'TASK_NOT_FOUND'],
  ['coord.spawn', { prompt: 'x', workspaceId: ABSENT_ID }, 'WORKSPACE_NOT_FOUND'],
  ['coord.merges', { project: 'absent' }, 'PROJECT_NOT_FOUND'],
])('%s with %j says what does not exist', async (operationId, input, code) => {
  const { status, body } = await call(hub, hub.admin, operationId, input)
  expect([status, body.code]).toEqual([404, code])
  expect(body.detail).toMatch(/absent|01990000/)
})

test('a workspace that does not exist is named by a fork, too', async () => {
  const { body } = await call(hub, hub.admin, 'sessions.create', { title: 'x' })
  const input = { sessionId: body.data.sessionId, workspaceId: ABSENT_ID }
  const fork = await call(hub, hub.admin, 'sessions.fork', input)
  expect([fork.status, fork.body.code]).toEqual([404, 'WORKSPACE_NOT_FOUND'])
})

test('input that does not fit names every failing path', async () => {
  const answer = await call(hub, hub.admin, 'keys.create', { name: '', scopes: 'all', more: 1 })
  expect(answer.status).toBe(400)
  const paths = answer.body.details.errors.map((error: { path: string }) => error.path)
  expect(paths).toEqual(expect.arrayContaining(['/name', '/scopes']))
  expect(paths.length).toBeGreaterThanOrEqual(3)
})

test('a body that is not JSON, too large, or of another type gets its code and no internal details', async () => {
  const path = '/api/operations/hub.list'
  const broken = await ask(hub, 'POST', path, { key: hub.admin.key, raw: '{"a":' })
  expect([broken.status, broken.body.code]).toEqual([400, 'VALIDATION_ERROR'])
  const large = await ask(hub, 'POST', path, {
    key: hub.admin.key,
    raw: JSON.stringify({ namespace: 'x'.repeat(1_100_000) }),
  })
  expect([large.status, large.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  const form = await ask(hub, 'POST', path, {
    key: hub.admin.key,
    raw: 'a=1',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(form.status).toBeGreaterThanOrEqual(400)
  expect(form.status).toBeLessThan(500)
  for (const answer of [broken, large, form]) {
    const text = JSON.stringify(answer.body)
    expect(text).not.toMatch(/at .*\.ts|node_modules|\/src\//)
    expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/)
  }
})

test('a frame that is not JSON gets a call.error and the socket closes with 1008', async () => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  socket.socket.send('this is { no JSON')
  expect((await socket.next((frame) => frame.type === 'call.error')).payload.code).toBe(
    'VALIDATION_ERROR',
  )
  expect((await socket.closed).code).toBe(1008)
})

test('a malformed frame names its fault before the socket closes', async () => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  socket.socket.send(
    JSON.stringify({
      type: 'call.requested',
      id: 'a',
      payload: { requestId: 'a', operationId: 7 },
    }),
  )
  const error = await socket.next((frame) => frame.type === 'call.error')
  expect(error.payload).toMatchObject({ requestId: 'a', code: 'VALIDATION_ERROR' })
  expect(error.payload.message).toContain('operationId')
  expect((await socket.closed).code).toBe(1008)
})

test('unknown frame types are ignored and unknown fields kept out of the way', async () => {
  await using socket = await PlainSocket.open(hub.broker, hub.admin.key)
  socket.send('call.dance', 'x', {})
  socket.send('call.responded', 'never-asked', {
    output: { data: 1, meta: { source: 'local', operationId: 'a', timestamp: 1 } },
  })
  const answer = await socket.call('hub.list', {}, { somethingNew: true })
  expect(answer.type).toBe('call.responded')
})

test('a WebSocket upgrade without a key is refused with 401 and with a foreign subprotocol with 400', async () => {
  await expect(PlainSocket.open(hub.broker, 'alk_wrong')).rejects.toThrow('401')
  await expect(PlainSocket.open(hub.broker, hub.admin.key, ['graphql-ws'])).rejects.toThrow('400')
})

test('a spoke that registers a broken schema is refused whole, with the path, and nothing is registered', async () => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  const broken = { ...echoSpec, name: 'broken', inputSchema: { type: 'objekt' } }
  const answer = await register(socket, 'broken', [echoSpec, broken])
  expect(answer.payload.code).toBe('VALIDATION_ERROR')
  expect(JSON.stringify(answer.payload.details)).toContain('/operations/1/inputSchema')
  const called = await call(hub, hub.admin, 'client.broken.echo.say', { text: 'x' })
  expect(called.body.code).toBe('OPERATION_NOT_FOUND')
  const again = await register(socket, 'broken', [echoSpec])
  expect(again.type).toBe('call.responded')
})

test.each([
  ['a reserved namespace', { ...echoSpec, namespace: 'tasks' }],
  ['a name outside of the grammar', { ...echoSpec, name: 'a.b' }],
  ['a schema that refers to itself without end', { ...echoSpec, inputSchema: { $ref: '#' } }],
  ['a remote reference', { ...echoSpec, inputSchema: { $ref: 'http://127.0.0.1:1/x.json' } }],
])('registering %s is a VALIDATION_ERROR', async (_what, operation) => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  const answer = await register(socket, 'odd', [operation])
  expect(answer.payload.code).toBe('VALIDATION_ERROR')
})

test('the same operation twice in one registration is a VALIDATION_ERROR', async () => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  expect((await register(socket, 'twice', [echoSpec, echoSpec])).payload.code).toBe(
    'VALIDATION_ERROR',
  )
})

test('registering needs spokes:attach, and a name of another account is a CONFLICT that closes no socket', async () => {
  const client = await hub.createKey(['hub:*'])
  await using plain = await PlainSocket.open(hub.broker, client.key)
  expect((await register(plain, 'mine', [echoSpec])).payload.code).toBe('ACCESS_DENIED')
  await using owner = await PlainSocket.open(hub.broker, spokeKey.key)
  expect((await register(owner, 'mine', [echoSpec])).type).toBe('call.responded')
  const thief = await hub.createKey(['spokes:attach'])
  await using other = await PlainSocket.open(hub.broker, thief.key)
  expect((await register(other, 'mine', [echoSpec])).payload.code).toBe('CONFLICT')
  expect((await owner.call('hub.search', { query: 'echo' })).payload.code ?? 'open').not.toBe(
    'CONFLICT',
  )
  expect(owner.socket.readyState).toBe(1)
})

test('an id that is in use gets VALIDATION_ERROR', async () => {
  await using owner = await PlainSocket.open(hub.broker, spokeKey.key)
  await register(owner, 'slow', [echoSpec])
  await using socket = await PlainSocket.open(hub.broker, hub.admin.key)
  socket.send('call.requested', 'same', {
    operationId: 'client.slow.echo.say',
    input: { text: 'x' },
  })
  socket.send('call.requested', 'same', {
    operationId: 'client.slow.echo.say',
    input: { text: 'x' },
  })
  expect((await socket.next((frame) => frame.type === 'call.error')).payload.code).toBe(
    'VALIDATION_ERROR',
  )
})

test('a handler that throws tells its caller nothing of the inside, and an answer outside of the schema is no answer', async () => {
  const text = Type.Object({ text: Type.String() })
  await using spoke = attachSpoke({
    hub: hub.broker,
    key: spokeKey.key,
    name: 'faulty',
    operations: [
      query(
        { id: 'bad.throws', description: 'Throws.', input: Type.Object({}), output: text },
        () => {
          throw new Error('password=hunter2 at /root/secret.ts')
        },
      ),
      query(
        {
          id: 'bad.answers',
          description: 'Answers wrongly.',
          input: Type.Object({}),
          output: text,
        },
        () => ({ text: 7 as unknown as string }),
      ),
      query(
        { id: 'bad.huge', description: 'Answers too much.', input: Type.Object({}), output: text },
        () => ({ text: 'x'.repeat(1_200_000) }),
      ),
    ],
  })
  await spoke.attached()
  const thrown = await call(hub, hub.admin, 'client.faulty.bad.throws')
  expect([thrown.status, thrown.body.code]).toEqual([500, 'EXECUTION_ERROR'])
  expect(JSON.stringify(thrown.body)).not.toContain('hunter2')
  const wrong = await call(hub, hub.admin, 'client.faulty.bad.answers')
  expect(wrong.body.code).toBe('EXECUTION_ERROR')
  expect(wrong.body.detail).toContain('/text')
  const huge = await call(hub, hub.admin, 'client.faulty.bad.huge')
  expect([huge.status, huge.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  expect((await call(hub, hub.admin, 'client.faulty.bad.throws')).body.code).toBe('EXECUTION_ERROR')
})

test('a deadline ends the call with TIMEOUT and aborts the handler', async () => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  await register(socket, 'late', [echoSpec])
  const answer = call(
    hub,
    hub.admin,
    'client.late.echo.say',
    { text: 'x' },
    { 'x-deadline-ms': '300' },
  )
  const request = await socket.next((frame) => frame.type === 'call.requested')
  expect(request.payload.timeoutMs).toBeLessThanOrEqual(300)
  const aborted = await socket.next((frame) => frame.type === 'call.aborted')
  expect(aborted.id).toBe(request.id)
  expect([(await answer).status, (await answer).body.code]).toEqual([504, 'TIMEOUT'])
})

test('a spoke whose socket breaks loses its calls at once, and a call of its name is then PROVIDER_UNAVAILABLE with Retry-After', async () => {
  await using socket = await PlainSocket.open(hub.broker, spokeKey.key)
  await register(socket, 'dying', [{ ...echoSpec, type: 'mutation' }])
  const answer = call(hub, hub.admin, 'client.dying.echo.say', { text: 'x' })
  await socket.next((frame) => frame.type === 'call.requested')
  socket.socket.terminate()
  const lost = await answer
  expect([lost.status, lost.body.code, lost.body.details.outcome]).toEqual([
    502,
    'PROVIDER_LOST',
    'unknown',
  ])
  await wait(200)
  const gone = await call(hub, hub.admin, 'client.dying.echo.say', { text: 'x' })
  expect([gone.status, gone.body.code]).toEqual([503, 'PROVIDER_UNAVAILABLE'])
  expect(Number(gone.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('a revoked key closes its sockets with 4401 within a second, and is refused everywhere', async () => {
  const owner = await hub.createKey(['keys:*', 'hub:*'])
  const created = await call(hub, owner, 'keys.create', { name: 'short', scopes: ['hub:*'] })
  const { key, keyId } = created.body.data
  await using socket = await PlainSocket.open(hub.broker, key)
  expect((await ask(hub, 'GET', '/api/operations', { key })).status).toBe(200)
  const revoked = await call(hub, owner, 'keys.revoke', { keyId })
  expect(revoked.status).toBe(200)
  const end = await Promise.race([socket.closed, wait(1500)])
  expect(end).toMatchObject({ code: 4401 })
  expect((await ask(hub, 'GET', '/api/operations', { key })).status).toBe(401)
  const mcp = await fetch(hub.mcp, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{}',
  })
  expect(mcp.status).toBe(401)
  const models = await fetch(`${hub.inference}/v1/models`, {
    headers: { authorization: `Bearer ${key}` },
  })
  expect(models.status).toBe(401)
})

test('no secret, stack or path of ours is in any log line', () => {
  const logs = hub.logs()
  expect(logs.length).toBeGreaterThan(1000)
  for (const secret of [hub.admin.key, spokeKey.key]) expect(logs).not.toContain(secret)
  expect(logs).not.toMatch(/postgres:\/\/[^@\s]*:[^@\s]+@/)
})
