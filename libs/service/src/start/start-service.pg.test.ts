import { OperatorError } from '@alkdev/errors'
import { generateKey } from '@alkdev/crypto'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { createAccount, listAudit, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startService } from './start-service.ts'
import type { StartServiceInput } from './start-service.ts'
import type { RunningService, ServiceRuntime } from './service-runtime.ts'
import { createTestConfig } from '../testing.ts'
import type { TestConfigInput } from '../testing.ts'

type Build = StartServiceInput<'coordinator'>['build']

let database: TestDatabase
let admin: Database

beforeAll(async () => {
  database = await createTestDatabase()
  admin = await openDatabase(database.url)
})
afterAll(async () => {
  await admin.close()
  await database[Symbol.asyncDispose]()
})

interface Started {
  readonly service: RunningService
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly log: readonly Record<string, unknown>[]
  readonly stop: AbortController
}

async function start(
  build: Build = () => undefined,
  input: Partial<TestConfigInput> = {},
): Promise<Started> {
  const redis = testRedis()
  const config = await createTestConfig('coordinator', {
    postgresUrl: database.url,
    redisUrl: redis.url,
    prefix: redis.prefix,
    sections: { logging: { level: 'info' } },
    ...input,
  })
  const log: Record<string, unknown>[] = []
  const stop = new AbortController()
  let runtime: ServiceRuntime<'coordinator'> | undefined
  const service = await startService({
    name: 'coordinator',
    config,
    signal: stop.signal,
    overrides: {
      logDestination: {
        write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>),
      },
    },
    build(given) {
      runtime = given
      return build(given)
    },
  })
  onTestFinished(() => service.stop(0))
  if (runtime === undefined) throw new Error('build was not called')
  return { service, runtime, log, stop }
}

test('a service starts step by step, logs each step with its duration, and is ready', async () => {
  const { service, log } = await start()
  const steps = [
    'secrets',
    'logger',
    'postgres',
    'redis',
    'bus',
    'operations',
    'http',
    'announce',
    'ready',
  ]
  expect(log.filter(({ msg }) => msg === 'started').map(({ step }) => step)).toEqual(steps)
  expect(log.find(({ msg }) => msg === 'ready')).toMatchObject({
    service: 'coordinator',
    url: service.url,
  })
  expect(service.isReady()).toBe(true)
  expect((await fetch(`${service.url}/livez`)).status).toBe(200)
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
  const health = (await (await fetch(`${service.url}/health`)).json()) as Record<string, unknown>
  expect(health).toMatchObject({
    service: 'coordinator',
    status: 'ready',
    instanceId: service.instanceId,
    dependencies: { redis: true, postgres: true },
  })
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  expect(metrics).toContain('alkhub_info{service="coordinator"')
  expect(metrics).toContain('alkhub_bus_calls_total 0')
})

test('no step, report or metric shows the addresses or passwords of the databases', async () => {
  const { service, log } = await start()
  const shown = [
    JSON.stringify(log),
    await (await fetch(`${service.url}/health`)).text(),
    await (await fetch(`${service.url}/metrics`)).text(),
  ].join('\n')
  expect(shown).not.toContain('postgres://')
  expect(shown).not.toContain('redis://')
  expect(shown).not.toContain(database.name)
})

test('a key is accepted on a route until it is revoked, which takes effect everywhere within a second', async () => {
  const account = await createAccount(admin.db, { email: 'key@example.org' })
  const { service, runtime } = await start(({ app, authenticator }) => {
    app.get('/me', (request) => authenticator.authenticate(request.headers))
  })
  const other = await start()
  const { key, record } = await other.runtime.keys.create({ ownerId: account.id, scopes: ['a:b'] })
  const ask = () => fetch(`${service.url}/me`, { headers: { 'x-api-key': key } })
  expect(await (await ask()).json()).toMatchObject({
    identity: { id: account.id, keyId: record.id, scopes: ['a:b'] },
    accessLevel: 'user',
  })
  const known = runtime.authenticator.authenticateKey(key)
  expect(known).not.toBeInstanceOf(Promise)
  await other.runtime.keys.revoke(record.id)
  await expect.poll(async () => (await ask()).status).toBe(401)
  const audit = await listAudit(admin.db, { ownerId: account.id })
  expect(audit.items.map(({ action }) => action)).toEqual(['keys.revoked', 'keys.created'])
})

test('routes answer UNAVAILABLE until the start is complete, and health answers at once', async () => {
  let during: Promise<Response[]> | undefined
  const { service } = await start(({ app }) => {
    app.get('/work', () => 'done')
    app.addHook('onListen', (done) => {
      const address = app.server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const base = `http://127.0.0.1:${port}`
      during = Promise.all([fetch(`${base}/work`), fetch(`${base}/livez`), fetch(`${base}/readyz`)])
      void during.finally(() => done())
    })
  })
  const [work, live, ready] = (await during) ?? []
  expect(work?.status).toBe(503)
  expect(await work?.json()).toMatchObject({ code: 'UNAVAILABLE' })
  expect(live?.status).toBe(200)
  expect(ready?.status).toBe(503)
  expect(await (await fetch(`${service.url}/work`)).text()).toBe('done')
})

test('a request in flight ends within the drain budget, and resources close in reverse order', async () => {
  const entered = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const closed: string[] = []
  const { service, runtime, log } = await start((given) => {
    given.app.get('/slow', async () => {
      entered.resolve()
      await goOn.promise
      return { done: true }
    })
    given.onDrain('work', () => void closed.push('drained'))
    given.onClose('first', () => void closed.push('first'))
    given.onClose('second', () => void closed.push('second'))
  })
  const answer = fetch(`${service.url}/slow`)
  await entered.promise
  const stopping = service.stop()
  expect(runtime.draining.aborted).toBe(true)
  expect(service.isReady()).toBe(false)
  expect((await fetch(`${service.url}/readyz`)).status).toBe(503)
  expect(runtime.signal.aborted).toBe(false)
  goOn.resolve()
  expect(await (await answer).json()).toEqual({ done: true })
  await stopping
  await service.stopped
  expect(closed).toEqual(['drained', 'second', 'first'])
  expect(log.at(-1)).toMatchObject({ msg: 'stopped', whole: true })
  await expect(fetch(`${service.url}/livez`)).rejects.toThrow('fetch failed')
})

test('work that outlives the drain budget is aborted with that reason', async () => {
  const entered = Promise.withResolvers<void>()
  const { service, runtime, log } = await start((given) => {
    given.app.get('/endless', () => {
      entered.resolve()
      return new Promise(() => undefined)
    })
  })
  const answer = fetch(`${service.url}/endless`).catch((error: unknown) => error)
  await entered.promise
  await service.stop(100)
  expect(await answer).toBeInstanceOf(Error)
  expect(runtime.signal.reason).toMatchObject({ code: 'PROVIDER_LOST' })
  expect(log.some(({ msg }) => msg === 'not everything ended in time')).toBe(true)
})

test('aborting the signal stops the service as a SIGTERM does', async () => {
  const { service, stop } = await start()
  stop.abort(new Error('SIGTERM'))
  await service.stopped
  expect(service.isReady()).toBe(false)
})

async function failureOf(work: Promise<unknown>): Promise<OperatorError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return error as OperatorError
}

test('an unreachable database is reported in one sentence with its fix and without a password', async () => {
  const away = new URL(database.url)
  away.port = '1'
  away.password = 'hunter2'
  const error = await failureOf(start(undefined, { postgresUrl: away.href }))
  expect(error.message).toMatch(/does not answer/)
  expect(error.fix).toContain('Start PostgreSQL')
  expect(`${error.message} ${error.fix}`).not.toContain('hunter2')
})

test('a database without a schema is refused with the command that creates it', async () => {
  await using empty = await createTestDatabase({ empty: true })
  const error = await failureOf(start(undefined, { postgresUrl: empty.url }))
  expect(error.message).toBe('The database has no schema yet.')
  expect(error.fix).toContain('alkhub migrate')
})

test('a Redis that is unreachable or refuses the password is reported in one sentence with its fix', async () => {
  const away = await failureOf(start(undefined, { redisUrl: 'redis://:hunter2@127.0.0.1:1' }))
  expect(away.message).toBe('Redis at 127.0.0.1:1 does not answer.')
  expect(away.fix).toContain('Start Redis')
  const url = new URL(testRedis().url)
  url.username = 'unknown'
  url.password = 'hunter2'
  const refused = await failureOf(start(undefined, { redisUrl: url.href }))
  expect(refused.message).toMatch(/refuses the password/)
  expect(`${refused.message} ${refused.fix}`).not.toContain('hunter2')
})

test('a port in use ends the start with a sentence, and everything that was open is closed', async () => {
  const { service } = await start()
  const { port } = new URL(service.url)
  const closed: string[] = []
  const error = await failureOf(
    start((runtime) => runtime.onClose('thing', () => void closed.push('thing')), {
      sections: { http: { ports: { coordinator: Number(port) } }, logging: { level: 'info' } },
    }),
  )
  expect(error.message).toBe('The port is taken by another process.')
  expect(closed).toEqual(['thing'])
})

test('a failure while the service is built ends the start and names the step', async () => {
  const error = await failureOf(
    start(() => {
      throw new Error('postgres://hub:hunter2@db')
    }),
  )
  expect(error.message).toBe('The start failed at the step "operations".')
  expect(error.message).not.toContain('hunter2')
})

test('calls between two services are written to the call graph', async () => {
  const redis = testRedis()
  const shared = { prefix: redis.prefix, busKey: generateKey() }
  const a = await start(undefined, shared)
  const account = await createAccount(admin.db, { email: 'caller@example.org' })
  const principal = { id: account.id, scopes: ['*'] }
  const { callId, envelope } = await a.runtime.bus.call(
    'hub.search',
    { query: 'who am I' },
    { principal },
  )
  const found = envelope.data as { items: { operationId: string }[] }
  expect(found.items.map(({ operationId }) => operationId)).toContain('accounts.me')
  await a.service.stop()
  const rows = await admin.sql`select operation_name, status from call_log where id = ${callId}`
  expect([...rows]).toEqual([{ operation_name: 'hub.search', status: 'completed' }])
})
