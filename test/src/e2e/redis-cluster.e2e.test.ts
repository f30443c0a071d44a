import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, mutation, query, subscription } from '@alkdev/spoke'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase, startRedisCluster } from '@alkdev/testing'
import type { TestRedisCluster } from '@alkdev/testing'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call, callTool } from '../http.ts'
import { startProcessHub } from '../process-hub.ts'
import type { ProcessHub } from '../process-hub.ts'
import { watchSession } from '../watch-session.ts'

// All five services as processes on a Redis Cluster of three primaries.

const ITEMS = 40
/** More than a message on a channel may have, less than an output may have. */
const LARGE = 'x'.repeat(300_000)
const SCRIPT = `
models:
  worker:
    turns:
      - when: 'long'
        steps:
          - say: 'one two three four five '
            times: 20
            pieceChars: 10
            pieceMs: 10
      - when: 'tool'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: c.echo, input: { text: hello } }
          - say: 'It says {{result}}'
      - steps:
          - say: 'You said {{prompt}}'
`
const Text = Type.Object({ text: Type.String() })

const stack = new AsyncDisposableStack()
let cluster: TestRedisCluster
let hub: ProcessHub
let effects = 0

beforeAll(async () => {
  cluster = stack.use(await startRedisCluster())
  const database = stack.use(await createTestDatabase())
  hub = stack.use(
    await startProcessHub({
      postgresUrl: database.url,
      redis: { cluster: [...cluster.nodes].slice(0, 2), password: cluster.password },
    }),
  )
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder }))
  const spoke = stack.use(
    attachSpoke({
      hub: hub.broker,
      key: hub.admin.key,
      name: 'clustered',
      operations: [
        query(
          { id: 'c.echo', description: 'Echoes.', input: Text, output: Text },
          (input: { text: string }) => input,
        ),
        mutation(
          { id: 'c.count', description: 'Counts.', input: Type.Object({}), output: Type.Any() },
          () => ({ effects: (effects += 1) }),
        ),
        subscription(
          { id: 'c.items', description: 'Counts up.', input: Type.Object({}), output: Type.Any() },
          async function* () {
            for (let n = 1; n <= ITEMS; n += 1) yield { n }
          },
        ),
      ],
    }),
  )
  await spoke.attached()
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
}, 240_000)
afterAll(() => stack.disposeAsync())

// oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
async function ok(id: string, input: object): Promise<any> {
  const { status, body } = await call(hub, hub.admin, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 300)]).toEqual([id, 200, expect.anything()])
  return body.data
}

/** The events of a stream of the gateway, as they arrive. */
async function follow(method: 'GET' | 'POST', path: string): Promise<string[]> {
  const leave = new AbortController()
  stack.defer(() => leave.abort())
  const answer = await fetch(`${hub.gateway}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${hub.admin.key}`,
      accept: 'text/event-stream',
      'content-type': 'application/json',
    },
    ...(method === 'POST' && { body: '{}' }),
    signal: leave.signal,
  })
  expect(answer.status).toBe(200)
  const pieces: string[] = []
  void (async () => {
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? [])
      pieces.push(piece)
  })().catch(() => undefined)
  return pieces
}

test('calls by HTTP and MCP reach a spoke and the services, small and large', async () => {
  expect(await ok('c.echo', { text: 'hello' })).toEqual({ text: 'hello' })
  expect(await ok('c.echo', { text: LARGE })).toEqual({ text: LARGE })
  expect(await ok('projects.create', { slug: 'clustered' })).toMatchObject({ slug: 'clustered' })
  const tool = await callTool(hub, hub.admin, { operationId: 'c.echo', input: { text: 'mcp' } })
  expect(tool).toMatchObject({ isError: false, data: { text: 'mcp' } })
  const models = await ask(hub, 'GET', '/v1/models', { key: hub.admin.key })
  expect(models.status).toBe(200)
  const many = await Promise.all(
    Array.from({ length: 200 }, (_, n) => ok('c.echo', { text: String(n) })),
  )
  expect(many.map(({ text }) => text)).toEqual(Array.from({ length: 200 }, (_, n) => String(n)))
})

test('a stream arrives whole and in order', async () => {
  const { status, body } = await ask(hub, 'POST', '/api/operations/c.items', {
    key: hub.admin.key,
    body: {},
    headers: { accept: 'text/event-stream' },
  })
  expect(status).toBe(200)
  const numbers = [...String(body).matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))
  expect(numbers).toEqual(Array.from({ length: ITEMS }, (_, at) => at + 1))
  expect(body).toContain('event: completed')
})

test('queued calls run once each, at once and later, and their idempotency keys hold', async () => {
  const accepted = await Promise.all(
    Array.from({ length: 20 }, () =>
      call(hub, hub.admin, 'c.count', {}, { prefer: 'respond-async' }),
    ),
  )
  const later = await call(hub, hub.admin, 'calls.enqueue', {
    operationId: 'c.count',
    input: {},
    notBefore: new Date(Date.now() + 500).toISOString(),
  })
  const ids = [
    ...accepted.map(({ body }) => body.callId as string),
    later.body.data.callId as string,
  ]
  for (const callId of ids)
    expect(await ok('calls.await', { callId, timeoutMs: 20_000 })).toMatchObject({
      status: 'completed',
    })
  expect(effects).toBe(21)
  const keyed = { 'idempotency-key': 'once' }
  const twice = [
    await call(hub, hub.admin, 'c.count', {}, keyed),
    await call(hub, hub.admin, 'c.count', {}, keyed),
  ]
  expect(twice[1]?.body.data).toEqual(twice[0]?.body.data)
  expect(effects).toBe(22)
})

test('a session streams its text and calls a tool', async () => {
  const sessionId = uuidv7()
  await ok('sessions.create', { sessionId, model: 'scripted/worker', prompt: 'long' })
  const watched = watchSession(hub, hub.admin, sessionId)
  await watched.until(({ type }) => type === 'turn.ended')
  expect(watched.events.some(({ type }) => type === 'step.reset')).toBe(false)
  const read = async (id: string): Promise<string> =>
    JSON.stringify(await ok('sessions.messages', { sessionId: id }))
  expect(await read(sessionId)).toContain('one two three four five one two')
  watched.cut()
  const tool = uuidv7()
  await ok('sessions.create', { sessionId: tool, model: 'scripted/worker', prompt: 'tool' })
  await vi.waitUntil(async () => (await read(tool)).includes('It says'))
  expect(await read(tool)).toContain('hello')
})

test('hub events and the ends of calls reach those who watch them', async () => {
  const events = await follow('GET', '/api/events?topics=spoke.*')
  const ended = await follow('POST', '/api/operations/calls.watch')
  const spoke = attachSpoke({
    hub: hub.broker,
    key: hub.admin.key,
    name: 'another',
    operations: [
      query(
        { id: 'd.x', description: 'X.', input: Text, output: Text },
        (input: { text: string }) => input,
      ),
    ],
  })
  await spoke.attached()
  await expect.poll(() => events.join('')).toContain('spoke.attached')
  await spoke[Symbol.asyncDispose]()
  // The feed is subscribed when it says so; the calls of other tests have ended before.
  await vi.waitUntil(async () => {
    await ok('c.echo', { text: 'watched' })
    return ended.join('').includes('c.echo')
  })
})

test('a key over its limit is refused by each service, counted together', async () => {
  const user = await hub.createKey(['inference:use'])
  await ok('limits.set', { keyId: user.keyId, perMinute: 4, perDay: 100 })
  const list = () => ask(hub, 'GET', '/api/operations?limit=1', { key: user.key })
  await vi.waitUntil(async () => (await list()).headers.get('x-ratelimit-limit') === '4')
  await vi.waitUntil(async () => (await list()).status === 429)
  const refused = await fetch(`${hub.inference}/v1/models`, {
    headers: { authorization: `Bearer ${user.key}` },
  })
  expect(refused.status).toBe(429)
})

test('no service has met a command for keys of different nodes, and each node has keys or channels of the hub', async () => {
  for (const service of Object.values(hub.services))
    expect(await service.log()).not.toMatch(/CROSSSLOT|\bMOVED \d|[Uu]nhandled/)
  const commands = await Promise.all(
    cluster.processes.map((node) => node.ask('INFO', 'commandstats')),
  )
  for (const stats of commands) {
    expect(stats).toMatch(/cmdstat_ssubscribe/)
    expect(stats).not.toMatch(/cmdstat_(subscribe|publish):/)
  }
  const health = await ok('system.health', {})
  expect(health.redis).toMatchObject({ evictionPolicy: 'noeviction' })
})
