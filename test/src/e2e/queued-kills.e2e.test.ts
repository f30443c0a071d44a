import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startPostgres, startRedis } from '@alkdev/cli/local-servers'
import { generateKey } from '@alkdev/crypto'
import { sleep } from '@alkdev/std'
import { migrate } from '@alkdev/storage'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startProcessHub } from '../process-hub.ts'
import type { ProcessHub } from '../process-hub.ts'
import { untilReady } from '../torture/stack.ts'

type Server = Awaited<ReturnType<typeof startPostgres>>

/** Calls of each retry class. */
const CALLS = 80
/** Milliseconds that the spoke works on a call, so that every failure meets calls that run. */
const WORK_MS = 250
const CLASSES = ['safe', 'keyed', 'never'] as const

const stack = new AsyncDisposableStack()
let home: string
let port: number
let server: Server
let redisUrl: string
let hub: ProcessHub
let spoke: PlainSocket
/** Starts at the spoke, by class and number. */
const starts = new Map<string, number>()
/** Effects of the keyed operation: the spoke recognises a key. */
const effects = new Map<string, string[]>()
const known = new Set<string>()

const startServer = (): Promise<Server> =>
  startPostgres({ keepIn: () => Promise.resolve(home), port })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'alkhub-queue-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  port = await freePort()
  server = await startServer()
  stack.defer(() => server[Symbol.asyncDispose]())
  await migrate(server.url)
  const password = generateKey().replaceAll(/\W/g, '')
  const redis = stack.use(
    await startRedis({ port: await freePort(), password, keepIn: join(home, 'redis') }),
  )
  redisUrl = redis.url
  hub = stack.use(await startProcessHub({ postgresUrl: server.url, redisUrl }))
  spoke = await PlainSocket.open(hub.broker, hub.admin.key)
  spoke.socket.on('message', (data: Buffer) => onFrame(JSON.parse(data.toString()) as PlainFrame))
  await register(
    spoke,
    'counter',
    CLASSES.map((retry) => ({
      namespace: 'count',
      name: retry,
      version: '1.0.0',
      type: 'mutation',
      description: `Counts; its retry class is ${retry}.`,
      inputSchema: { type: 'object' },
      outputSchema: {},
      accessControl: { requiredScopes: [] },
      retry,
    })),
  )
  await vi.waitUntil(
    async () =>
      (await call(hub, hub.admin, 'hub.schema', { operationId: 'count.never' })).status === 200,
    { timeout: 20_000 },
  )
}, 240_000)
afterAll(() => stack.disposeAsync())

function onFrame({ type, id, payload }: PlainFrame): void {
  if (type !== 'call.requested') return
  const { operationId, input, idempotencyKey } = payload
  const place = `${operationId} ${input.n}`
  starts.set(place, (starts.get(place) ?? 0) + 1)
  if (idempotencyKey !== undefined && !known.has(idempotencyKey)) {
    known.add(idempotencyKey)
    effects.set(place, [...(effects.get(place) ?? []), idempotencyKey])
  }
  setTimeout(() => spoke.send('call.responded', id, { output: { data: input.n } }), WORK_MS)
}

const startsOf = (retry: string): number[] =>
  Array.from({ length: CALLS }, (_, n) => starts.get(`count.${retry} ${n}`) ?? 0)

/** Waits until the spoke has started `many` calls in total. */
async function started(many: number): Promise<void> {
  await vi.waitUntil(() => starts.size >= many, { timeout: 60_000 })
}

interface Row {
  readonly operation: string
  readonly status: string
  readonly error: string | null
}

/** The queued calls, once none waits or runs. */
async function ended(): Promise<Row[]> {
  for (;;) {
    const rows = await hub.database.sql<Row[]>`
      select operation_name as operation, status::text, r.error from queued_calls q
      left join queued_call_results r on r.call_id = q.id order by q.id`.catch(() => undefined)
    if (rows?.every(({ status }) => status !== 'accepted' && status !== 'running') === true)
      return [...rows]
    await sleep(250)
  }
}

test('no queued call is lost or doubled when the coordinator is killed, Redis is emptied and PostgreSQL restarts', async () => {
  const { coordinator } = hub.services
  const calls = CLASSES.flatMap((retry) =>
    Array.from({ length: CALLS }, (_, n) => ({
      operationId: `count.${retry}`,
      input: { n },
      backoffMs: 100,
      maxAttempts: 20,
    })),
  )
  const accepted = await call(hub, hub.admin, 'calls.enqueueMany', { calls })
  expect(accepted.status).toBe(200)

  await started(30)
  await coordinator.machine.kill()
  // An acceptance while no coordinator runs: the client repeats it with its key.
  const headers = { prefer: 'respond-async', 'idempotency-key': 'late' }
  const late = vi.waitUntil(
    async () => (await call(hub, hub.admin, 'count.keyed', { n: CALLS }, headers)).status === 202,
    { timeout: 90_000, interval: 500 },
  )
  coordinator.machine.start()
  await untilReady(coordinator)
  await started(90)
  const redis = new Redis(redisUrl)
  await redis.flushall()
  redis.disconnect()

  await started(150)
  await server[Symbol.asyncDispose]()
  await sleep(1000)
  server = await startServer()

  await late
  const rows = await ended()
  expect(rows).toHaveLength(3 * CALLS + 1)
  const of = (retry: string): Row[] =>
    rows.filter(({ operation }) => operation === `count.${retry}`)
  expect(new Set(of('safe').map(({ status }) => status))).toEqual(new Set(['completed']))
  expect(new Set(of('keyed').map(({ status }) => status))).toEqual(new Set(['completed']))
  expect(startsOf('safe').every((count) => count >= 1)).toBe(true)
  // The spoke saw one key for each call, however often it was started.
  expect(effects.size).toBe(CALLS + 1)
  expect([...effects.values()].every((keys) => keys.length === 1)).toBe(true)
  // None twice; what was cut off says so.
  expect(startsOf('never').every((count) => count <= 1)).toBe(true)
  const cut = of('never').filter(({ status }) => status !== 'completed')
  for (const { status, error } of cut) {
    expect(status).toBe('failed')
    expect(JSON.parse(error ?? '{}')).toMatchObject({ details: { outcome: 'unknown' } })
  }
  expect(startsOf('never').filter((count) => count === 1).length).toBeGreaterThanOrEqual(
    CALLS - cut.length,
  )
}, 300_000)
