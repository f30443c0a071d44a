import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, sleep, uuidv7 } from '@alkdev/std'
import { acceptQueuedCalls } from '@alkdev/storage/queue'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { call as callOver } from '../http.ts'
import type { Answer } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTortureStack, untilReady } from '../torture/stack.ts'
import type { Replica, TortureStack } from '../torture/stack.ts'

// Two coordinators as processes of their own, which are killed, and whose clocks are set, as is that of PostgreSQL where faketime is installed.

const FIVE_MINUTES_MS = 300_000
/** Debian's package `libfaketime`. */
const FAKETIME = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((file) => existsSync(file))

let stack: TortureStack
let folder = ''
let spoke: PlainSocket
const coordinators: Replica[] = []
/** Inputs that the spoke was given. */
const started: Readonly<Record<string, unknown>>[] = []
/** How the spoke answers. */
let answer: (send: PlainSocket['send'], id: string) => void

const call = (operationId: string, input: object): Promise<Answer> =>
  callOver({ gateway: stack.gateway.url }, { key: stack.key }, operationId, input)

async function ok(operationId: string, input: object) {
  const { status, body } = await call(operationId, input)
  expect([operationId, status, body.code]).toEqual([operationId, 200, undefined])
  return body.data
}

const completes: typeof answer = (send, id) => send('call.responded', id, { output: { data: 1 } })
const fails: typeof answer = (send, id) =>
  send('call.error', id, { code: 'EXECUTION_ERROR', message: 'It failed.' })

/** A spoke of this name and operation; a second one takes the place of the first. */
async function attach(name: string, spec: object): Promise<PlainSocket> {
  const socket = await PlainSocket.open(must(stack.brokers[0]).url, stack.key)
  await register(socket, name, [
    {
      namespace: name,
      name: 'run',
      version: '1.0.0',
      type: 'mutation',
      description: 'The operation of the tests.',
      inputSchema: { type: 'object' },
      outputSchema: {},
      accessControl: { requiredScopes: [] },
      retry: 'safe',
      ...spec,
    },
  ])
  socket.socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
    if (type !== 'call.requested') return
    started.push(payload.input)
    answer((...frame) => socket.send(...frame), id)
  })
  return socket
}

/** Options of Node that set the clock of a process wrong by the number in a file; its monotonic clock stays as it is. */
function withClock(file: string): Record<string, string> {
  const code = `import { readFileSync } from 'node:fs'
let off = 0
const read = () => { try { off = Number(readFileSync(${JSON.stringify(file)}, 'utf8')) || 0 } catch {} }
read()
setInterval(read, 50).unref()
const Real = Date
globalThis.Date = class extends Real {
  constructor(...given) { if (given.length === 0) super(Real.now() + off); else super(...given) }
  static now() { return Real.now() + off }
}`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` }
}

const postgresClock = (): string => join(folder, 'clock-postgres')

/** Variables with which PostgreSQL adds the seconds in a file to its clock; its monotonic clock stays as it is. */
const postgresEnv = (): Record<string, string> =>
  FAKETIME === undefined
    ? {}
    : {
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: postgresClock(),
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_DISABLE_SHM: '1',
      }

/** Sets the clock of PostgreSQL wrong, and waits until it is. */
async function setPostgresClock(seconds: number): Promise<void> {
  await writeFile(postgresClock(), `${seconds < 0 ? '' : '+'}${seconds}`)
  const off = async () => {
    const [row] = await stack.database.sql<{ at: number }[]>`
      select extract(epoch from clock_timestamp())::double precision as at`
    return Math.abs(must(row).at - Date.now() / 1000 - seconds)
  }
  await expect.poll(off, { timeout: 10_000 }).toBeLessThan(5)
}

const clockOf = (at: number): string => join(folder, `clock-${at}`)
const setClock = (at: number, ms: number): Promise<void> => writeFile(clockOf(at), String(ms))

async function restart({ machine, url }: Replica): Promise<void> {
  await machine.kill()
  machine.start()
  await untilReady({ machine, url })
}

const make = (name: string): Promise<Answer> =>
  call('calls.enqueue', { operationId: `${name}.run`, input: {} })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-clocks-'))
  // PostgreSQL may have an account of its own.
  await chmod(folder, 0o755)
  await writeFile(postgresClock(), '+0')
  stack = await startTortureStack({
    brokers: 1,
    spokes: 0,
    drainBudgetMs: 4000,
    postgresEnv: postgresEnv(),
    sections: { outbound: { allow: ['127.0.0.0/8'] } },
  })
  for (const at of [0, 1])
    // oxlint-disable-next-line no-await-in-loop -- one process after the other
    coordinators.push(await stack.add('coordinator', undefined, withClock(clockOf(at))))
  answer = completes
  spoke = await attach('d', {})
  await vi.waitUntil(async () => (await make('d')).status === 200, { timeout: 30_000 })
  await vi.waitUntil(() => started.length > 0, { timeout: 20_000 })
}, 120_000)
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('each time fires once while coordinators are killed and their clocks are set five minutes forward and back', async () => {
  const from = Math.ceil(Date.now() / 1000) * 1000 + 2000
  const names = Array.from({ length: 24 }, (_, n) => `once-${n}`)
  await Promise.all(
    names.map((name, n) =>
      ok('schedules.create', {
        name,
        operationId: 'd.run',
        input: { name },
        at: new Date(from + Math.floor(n / 3) * 1000).toISOString(),
      }),
    ),
  )
  const [first, second] = [must(coordinators[0]), must(coordinators[1])]
  await setClock(0, FIVE_MINUTES_MS)
  await setClock(1, -FIVE_MINUTES_MS)
  await vi.waitUntil(() => started.some(({ name }) => name === 'once-0'), { timeout: 20_000 })
  await restart(first)
  await setClock(0, -FIVE_MINUTES_MS)
  await setClock(1, FIVE_MINUTES_MS)
  await restart(second)
  await vi.waitUntil(() => names.every((name) => started.some((one) => one['name'] === name)), {
    timeout: 60_000,
  })
  await Promise.all([setClock(0, 0), setClock(1, 0)])
  const firings = await stack.database.sql<{ name: string; calls: number; early: boolean }[]>`
    select s.name, count(f.call_id)::int as calls, bool_or(q.created_at < s.at) as early
    from schedules s left join schedule_firings f on f.schedule_id = s.id left join queued_calls q on q.id = f.call_id
    where s.name like 'once-%' group by 1`
  expect(firings.filter(({ calls, early }) => calls !== 1 || early)).toEqual([])
  expect(firings).toHaveLength(names.length)
  const runs = started.flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  expect(runs.toSorted()).toEqual(names.toSorted())
}, 120_000)

test('a call that was stored without a wake-up is started within five seconds', async () => {
  const { db, sql } = stack.database
  const [account] = await sql<{ accountId: string; keyId: string }[]>`
    select owner_id as "accountId", id as "keyId" from api_keys limit 1`
  const id = uuidv7()
  const queued = {
    id,
    operationName: 'd.run',
    input: '{"silent":true}',
    retry: 'safe',
    maxAttempts: 1,
    backoffMs: 100,
    timeoutMs: 10_000,
    delayMs: 0,
    expiresAfterMs: 60_000,
    priority: 0,
    depth: 0,
  } as const
  const caller = { ...must(account), scopes: ['*'], resources: {} }
  await acceptQueuedCalls(db, caller, [queued], { isSameInput: () => true })
  await vi.waitUntil(() => started.some(({ silent }) => silent === true), { timeout: 20_000 })
  const [row] = await sql<{ ms: number }[]>`
    select extract(epoch from started_at - created_at)::float8 * 1000 as ms from queued_calls where id = ${id}`
  expect(row?.ms).toBeLessThan(5000)
})

test('a report whose coordinator is killed before it is recorded arrives again with the same id', async () => {
  const received: { readonly id: unknown; readonly body: string }[] = []
  let first: ServerResponse | undefined
  const server = createServer((request, response) => {
    // The question whether this is the hub itself.
    if (request.method === 'GET') {
      response.writeHead(404).end()
      return
    }
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      received.push({ id: request.headers['x-alkhub-delivery'], body })
      if (received.length > 1) response.writeHead(204).end()
      else first = response
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/`
  const { webhookId } = await ok('webhooks.create', { name: 'kills', url })
  await ok('calls.enqueue', { operationId: 'd.run', webhook: 'kills' })
  await vi.waitUntil(() => first !== undefined, { timeout: 20_000 })
  // Whichever sends it is gone before the answer.
  await Promise.all(coordinators.map(({ machine }) => machine.kill()))
  must(first).destroy()
  const rows = await stack.database.sql<{ status: string }[]>`
    update webhook_deliveries set lease_until = now() - interval '1 second' where webhook_id = ${webhookId} returning status`
  expect(rows).toEqual([{ status: 'sending' }])
  for (const { machine } of coordinators) machine.start()
  await Promise.all(coordinators.map((one) => untilReady(one)))
  const deliveries = async () =>
    (await call('webhooks.deliveries', { webhook: webhookId })).body.data?.items
  await expect
    .poll(deliveries, { timeout: 30_000 })
    .toEqual([expect.objectContaining({ status: 'delivered', attempts: 2 })])
  expect(received).toHaveLength(2)
  expect(received[1]).toEqual(received[0])
  expect(received[0]?.id).toEqual(expect.any(String))
}, 90_000)

test.skipIf(FAKETIME === undefined)(
  'each time fires once, and a running call goes on, while the clock of PostgreSQL is set five minutes forward and back',
  async () => {
    onTestFinished(() => {
      answer = completes
      return setPostgresClock(0)
    })
    const waiting: (() => void)[] = []
    answer = (send, id) => void waiting.push(() => completes(send, id))
    const { callId } = await ok('calls.enqueue', {
      operationId: 'd.run',
      input: { held: 'once' },
      timeoutMs: 120_000,
    })
    await vi.waitUntil(() => waiting.length === 1, { timeout: 20_000 })
    answer = completes
    const from = Math.ceil(Date.now() / 1000) * 1000 + 3000
    const times = [0, 1000, 2000, 120_000, 240_000, FIVE_MINUTES_MS + 20_000]
    for (const [n, ms] of times.entries())
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await ok('schedules.create', {
        name: `clock-${n}`,
        operationId: 'd.run',
        input: { name: `clock-${n}` },
        at: new Date(from + ms).toISOString(),
      })
    const isStarted = (n: number): boolean => started.some(({ name }) => name === `clock-${n}`)
    await vi.waitUntil(() => isStarted(0), { timeout: 20_000 })
    await setPostgresClock(300)
    await vi.waitUntil(() => [1, 2, 3, 4].every((n) => isStarted(n)), { timeout: 30_000 })
    for (const complete of waiting.splice(0)) complete()
    await setPostgresClock(-300)
    expect(await endOf(callId)).toMatchObject({ status: 'completed' })
    await setPostgresClock(300)
    await vi.waitUntil(() => isStarted(5), { timeout: 60_000 })
    await setPostgresClock(0)
    const firings = await stack.database.sql<{ name: string; calls: number }[]>`
      select s.name, count(f.call_id)::int as calls from schedules s left join schedule_firings f on f.schedule_id = s.id
      where s.name like 'clock-%' group by 1 order by 1`
    expect(firings).toEqual(times.map((_ms, n) => ({ name: `clock-${n}`, calls: 1 })))
    const runs = started.flatMap(({ name, held }) =>
      [name, held].filter((one) => one !== undefined),
    )
    for (const one of ['once', ...times.map((_ms, n) => `clock-${n}`)])
      expect([one, runs.filter((run) => run === one).length]).toEqual([one, 1])
  },
)

test('an address of this hub is refused for webhooks and outside services', async () => {
  const own = `${stack.gateway.url}/api/operations/hub.list`
  const webhook = await call('webhooks.create', { name: 'own', url: own })
  expect([webhook.body.code, webhook.body.details.errors]).toEqual([
    'VALIDATION_ERROR',
    [{ path: '/url', message: 'is an address of this hub' }],
  ])
  const config = { url: `${must(stack.brokers[0]).url}/mcp` }
  const client = await call('clients.create', { name: 'own', type: 'mcp-server', config })
  expect([client.body.code, client.body.details.errors]).toEqual([
    'VALIDATION_ERROR',
    [{ path: '/config/url', message: 'is an address of this hub' }],
  ])
})

/** Makes a call that waits due now. */
const makeDue = (callId: string) =>
  stack.database.sql`update queued_calls set not_before = now() where id = ${callId}`

const endOf = async (callId: string) => {
  const state = async () => (await call('calls.await', { callId, timeoutMs: 5000 })).body.data
  await expect
    .poll(async () => (await state())?.status, { timeout: 30_000 })
    .toMatch(/completed|failed/)
  return state()
}

test('a call whose operation takes its input no more runs nothing and waits in the inbox until it is repeated (R34)', async () => {
  const before = await attach('changing', {})
  await vi.waitUntil(async () => (await make('changing')).status === 200, { timeout: 20_000 })
  const { callId } = await ok('calls.enqueue', {
    operationId: 'changing.run',
    input: { path: 'a' },
    delayMs: 600_000,
  })
  await before[Symbol.asyncDispose]()
  const inputSchema = { type: 'object', required: ['file'] }
  const changed = await attach('changing', { inputSchema })
  const count = started.length
  await makeDue(callId)
  expect(await endOf(callId)).toMatchObject({
    status: 'failed',
    error: { code: 'VALIDATION_ERROR' },
  })
  expect(started).toHaveLength(count)
  const { items } = await ok('inbox.list', {})
  expect(JSON.stringify(items)).toContain(callId)
  await changed[Symbol.asyncDispose]()
  const fitting = await attach('changing', {})
  await vi.waitUntil(
    async () => (await call('calls.repeatDead', { callId })).body.data?.repeated?.length === 1,
    { timeout: 20_000 },
  )
  await vi.waitUntil(() => started.some(({ path }) => path === 'a'), { timeout: 20_000 })
  await fitting[Symbol.asyncDispose]()
})

test('a run whose operation takes the input of a step no more fails into the inbox, and goes on when it is retried (R34)', async () => {
  const before = await attach('changing', {})
  await vi.waitUntil(async () => (await make('changing')).status === 200, { timeout: 20_000 })
  const step = (key: string, name: string, input: object) => ({
    type: 'operation',
    key,
    props: { name, input },
  })
  const template = {
    type: 'sequential',
    children: [
      step('first', 'd.run', { n: 1 }),
      step('wait', 'workflows.event', { event: 'go' }),
      step('last', 'changing.run', { path: 'of the run' }),
    ],
  }
  await ok('workflows.create', { name: 'changed', template })
  const { runId } = await ok('workflows.run', { name: 'changed', input: {} })
  const statusOf = async () => (await call('workflows.get', { runId })).body.data?.run?.status
  await expect.poll(statusOf, { timeout: 20_000 }).toBe('waiting')
  await before[Symbol.asyncDispose]()
  const inputSchema = { type: 'object', required: ['file'] }
  const changed = await attach('changing', { inputSchema })
  const refused = () => call('calls.enqueue', { operationId: 'changing.run', input: {} })
  await expect.poll(async () => (await refused()).body.code).toBe('VALIDATION_ERROR')
  const count = started.filter(({ path }) => path === 'of the run').length
  await ok('workflows.signal', { runId, event: 'go' })
  await expect.poll(statusOf, { timeout: 20_000 }).toBe('failed')
  expect(started.filter(({ path }) => path === 'of the run')).toHaveLength(count)
  const inInbox = async () => {
    const { items } = await ok('inbox.list', { kinds: ['finding'] })
    return (items as { detail: string; subject: { id: string } }[]).filter(
      ({ detail, subject }) => detail === 'workflow-operation-changed' && subject.id === runId,
    ).length
  }
  expect(await inInbox()).toBe(1)
  expect((await call('workflows.retry', { runId })).body.code).toBe('VALIDATION_ERROR')
  expect(await inInbox()).toBe(1)
  await changed[Symbol.asyncDispose]()
  const fitting = await attach('changing', {})
  await vi.waitUntil(async () => (await call('workflows.retry', { runId })).status === 200, {
    timeout: 20_000,
  })
  await expect.poll(statusOf, { timeout: 20_000 }).toBe('completed')
  expect(started.filter(({ path }) => path === 'of the run')).toHaveLength(count + 1)
  expect(await inInbox()).toBe(0)
  await fitting[Symbol.asyncDispose]()
})

test('a call is not repeated when its operation must no longer be', async () => {
  answer = fails
  onTestFinished(() => void (answer = completes))
  const before = await attach('stricter', {})
  const enqueue = () =>
    call('calls.enqueue', { operationId: 'stricter.run', input: { n: 1 }, backoffMs: 600_000 })
  await vi.waitUntil(async () => (await enqueue()).status === 200, { timeout: 20_000 })
  const { items } = await ok('calls.queued', { operationId: 'stricter.run' })
  const { callId } = items[0] as { readonly callId: string }
  // Its first attempt has failed, and it waits for the second.
  await vi.waitUntil(
    async () =>
      (
        await stack.database
          .sql`select 1 from queued_calls where id = ${callId} and status = 'accepted' and attempts = 1`
      ).length === 1,
    { timeout: 20_000 },
  )
  await before[Symbol.asyncDispose]()
  const stricter = await attach('stricter', { retry: 'never' })
  // Every process knows it by then.
  await sleep(3000)
  const count = started.length
  await makeDue(callId)
  expect(await endOf(callId)).toMatchObject({
    status: 'failed',
    error: { code: 'PROVIDER_LOST', details: { outcome: 'unknown', reason: 'retry-class' } },
  })
  expect(started).toHaveLength(count)
  await stricter[Symbol.asyncDispose]()
})
