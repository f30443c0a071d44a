import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call, callTool } from '../http.ts'
import type { Answer, ToolAnswer } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

/** Inputs with which the operations of the spoke were started. */
const started: { readonly name: string; readonly input: unknown; readonly key: unknown }[] = []

let hub: TestStack
let wide: TestKey
let narrow: TestKey
let spoke: PlainSocket
let client: PlainSocket
/** Answers of `idem.slow` wait for it. */
let release: () => void = () => undefined

const spec = (name: string, more: object = {}): object => ({
  namespace: 'idem',
  name,
  version: '1.0.0',
  type: 'mutation',
  description: `The operation ${name} of the tests.`,
  inputSchema: { type: 'object' },
  outputSchema: {},
  accessControl: { requiredScopes: ['secret:read'] },
  ...more,
})

beforeAll(async () => {
  hub = await startTestStack()
  wide = await hub.createKey(['spokes:attach', 'secret:read', 'hub:read'])
  narrow = await hub.createKey(['hub:read'], wide.accountId)
  spoke = await PlainSocket.open(hub.broker, wide.key)
  const guarded = {
    requiredScopes: ['secret:read'],
    resourceType: 'vault',
    resourceAction: 'open',
    resourceFrom: '/vault',
  }
  const operations = [spec('pay'), spec('slow'), spec('open', { accessControl: guarded })]
  await register(spoke, 'counter', operations)
  spoke.socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
    if (type !== 'call.requested') return
    const { operationId: name, input, idempotencyKey: key } = payload
    started.push({ name, input, key })
    const meta = { source: 'local', operationId: name, timestamp: Date.now() }
    const answer = (): void =>
      spoke.send('call.responded', id, { output: { data: { input }, meta } })
    if (name === 'idem.slow') release = answer
    else answer()
  })
  client = await PlainSocket.open(hub.broker, wide.key)
  await vi.waitUntil(async () => (await http('pay', {}, `r${Math.random()}`)).status === 200, {
    timeout: 10_000,
  })
})
afterAll(async () => {
  await client?.[Symbol.asyncDispose]()
  await spoke?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

const http = (name: string, input: unknown, key: string, by = wide): Promise<Answer> =>
  call(hub, by, `idem.${name}`, input, { 'idempotency-key': key })

const socket = (name: string, input: unknown, idempotencyKey: string): Promise<PlainFrame> =>
  client.call(`idem.${name}`, input, { idempotencyKey })

const mcp = (
  name: string,
  input: unknown,
  idempotencyKey: string,
  by = wide,
): Promise<ToolAnswer> => callTool(hub, by, { operationId: `idem.${name}`, input, idempotencyKey })

const startsOf = (key: string): number => started.filter((one) => one.key === key).length

test('an idempotency key counts over WebSocket: a repetition is replayed, another input is CONFLICT', async () => {
  const first = await socket('pay', { sum: 1 }, 'socket')
  const again = await socket('pay', { sum: 1 }, 'socket')
  expect(again.payload).toMatchObject({ output: first.payload.output, replayed: true })
  expect(first.payload.replayed).toBeUndefined()
  expect(await socket('pay', { sum: 2 }, 'socket')).toMatchObject({
    type: 'call.error',
    payload: { code: 'CONFLICT' },
  })
  expect(startsOf('socket')).toBe(1)
})

test('an idempotency key counts over MCP: a repetition is replayed, another input is CONFLICT', async () => {
  const first = await mcp('pay', { sum: 1 }, 'mcp')
  expect(first).toMatchObject({ isError: false, data: { input: { sum: 1 } } })
  expect(await mcp('pay', { sum: 1 }, 'mcp')).toEqual(first)
  expect(await mcp('pay', { sum: 2 }, 'mcp')).toMatchObject({ isError: true })
  expect(startsOf('mcp')).toBe(1)
})

test('a call sent over HTTP and repeated over WebSocket and MCP runs once', async () => {
  const first = await http('pay', { sum: 3 }, 'shared')
  expect(first.status).toBe(200)
  const again = await socket('pay', { sum: 3 }, 'shared')
  expect(again.payload.output).toEqual(first.body)
  expect((await mcp('pay', { sum: 3 }, 'shared')).data).toEqual(first.body.data)
  expect(startsOf('shared')).toBe(1)
})

test('a repetition over another entry point waits for the call that runs', async () => {
  const first = http('slow', { sum: 4 }, 'waits')
  await expect.poll(() => startsOf('waits')).toBe(1)
  const again = socket('slow', { sum: 4 }, 'waits')
  release()
  expect((await again).payload.output).toEqual((await first).body)
  expect(startsOf('waits')).toBe(1)
})

test('a repetition after the key of the first call was revoked during the call does not run it again', async () => {
  const other = await hub.createKey(['secret:read', 'hub:read'], wide.accountId)
  const first = http('slow', { sum: 9 }, 'revoked', other)
  await expect.poll(() => startsOf('revoked')).toBe(1)
  expect((await call(hub, hub.admin, 'keys.revoke', { keyId: other.keyId })).status).toBe(200)
  expect((await first).body).toMatchObject({
    code: 'UNAUTHENTICATED',
    details: { outcome: 'unknown' },
  })
  const again = await http('slow', { sum: 9 }, 'revoked')
  expect(again.body).toMatchObject({ details: { outcome: 'unknown' } })
  expect(startsOf('revoked')).toBe(1)
})

test('a key with fewer scopes gets the 404 of an unknown operation for new, replayed and conflicting idempotency keys', async () => {
  expect((await http('pay', { sum: 5 }, 'private')).status).toBe(200)
  const shape = ({ status, body }: Answer): unknown => ({
    ...body,
    status,
    requestId: '',
    detail: body.detail.replaceAll(/idem\.\w+/g, 'X'),
    details: { ...body.details, operationId: '' },
  })
  const unknown = shape(await http('nothing', {}, 'private', narrow))
  expect(unknown).toMatchObject({ status: 404, code: 'OPERATION_NOT_FOUND' })
  expect(shape(await http('pay', { sum: 5 }, 'private', narrow))).toEqual(unknown)
  expect(shape(await http('pay', { sum: 6 }, 'private', narrow))).toEqual(unknown)
  expect(shape(await http('pay', { sum: 5 }, 'new', narrow))).toEqual(unknown)
  expect(await mcp('pay', { sum: 5 }, 'private', narrow)).toMatchObject({
    isError: true,
  })
  await using other = await PlainSocket.open(hub.broker, narrow.key)
  for (const sum of [5, 6]) {
    const refused = await other.call('idem.pay', { sum }, { idempotencyKey: 'private' })
    expect(refused.payload).toMatchObject({ code: 'OPERATION_NOT_FOUND' })
  }
  // The refused calls took no key of the account.
  expect((await http('pay', { sum: 7 }, 'new')).status).toBe(200)
})

test('a key without the resource is denied before the replay of an answer', async () => {
  const created = await call(hub, hub.admin, 'keys.create', {
    accountId: wide.accountId,
    name: 'opens one vault',
    scopes: ['secret:read'],
    resources: { 'vault:one': ['open'] },
  })
  const holder = { ...wide, key: created.body.data.key as string }
  expect((await http('open', { vault: 'one' }, 'vault', holder)).status).toBe(200)
  expect((await http('open', { vault: 'one' }, 'vault')).body.code).toBe('ACCESS_DENIED')
  expect((await http('open', { vault: 'two' }, 'vault')).body.code).toBe('ACCESS_DENIED')
  expect(startsOf('vault')).toBe(1)
})

test('an idempotency key that is no printable text is refused at every entry point', async () => {
  const long = 'x'.repeat(129)
  expect(
    (
      await ask(hub, 'POST', '/api/operations/idem.pay', {
        key: wide.key,
        body: {},
        headers: { 'idempotency-key': long },
      })
    ).status,
  ).toBe(400)
  expect((await socket('pay', {}, 'not\nprintable')).payload.code).toBe('VALIDATION_ERROR')
  expect((await mcp('pay', {}, 'not\nprintable')).isError).toBe(true)
})
