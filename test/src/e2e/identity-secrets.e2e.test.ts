import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOwnRedis } from '@alkdev/bus/testing'
import type { OwnRedis } from '@alkdev/bus/testing'
import { writeServiceConfigs } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { createAccount, createDrizzleKeyStore, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Redis } from 'ioredis'
import { createKeys } from 'keypal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileCache } from '../compile-cache.ts'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { echoSpec, PlainSocket, register } from '../plain-socket.ts'
import { serviceMain } from '../programs.ts'

const services = ['gateway', 'spoke-broker', 'coordinator', 'inference-proxy', 'mcp'] as const
type Name = (typeof services)[number]

/** The stack as an operator runs it: five processes, config files with sealed values, a Redis with a password. */
interface Stack {
  readonly urls: Readonly<Record<Name, string>>
  readonly processes: readonly ChildProcess[]
  readonly output: () => string
}

let postgres: TestDatabase
let database: Database
let redis: OwnRedis
let commands: Redis
let monitor: Redis
/** Everything that was said to Redis. */
let monitored = ''
let provider: FakeProvider
let folder: string
let stack: Stack
let masterKey: string
const secrets = new Map<string, string>()
const bodies: string[] = []

const postgresPassword = 'pg-planted-4f1c9a7d2b'
const redisPassword = 'redis-planted-8e3b5d0c61'

async function start(
  name: Name,
  configPath: string,
  masterKeyPath: string,
  sink: (text: string) => void,
) {
  const child = spawn(process.execPath, [serviceMain(name)], {
    env: {
      ...compileCache(),
      ALKHUB_CONFIG_PATH: configPath,
      ALKHUB_MASTER_KEY_PATH: masterKeyPath,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let own = ''
  const take = (chunk: Buffer): void => {
    own += chunk.toString()
    sink(chunk.toString())
    const ready = /"url":"(http:[^"]+)"[^\n]*"msg":"ready"/.exec(own)
    if (ready?.[1] !== undefined) resolve(ready[1])
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  child.once('exit', (code) => reject(new Error(`${name} exited with ${code}: ${own}`)))
  return { child, url: await promise }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-secrets-'))
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url, { max: 2 })
  redis = await startOwnRedis()
  provider = await startFakeProvider()
  const plain = new Redis(redis.url)
  await plain.config('SET', 'requirepass', redisPassword)
  plain.disconnect()
  const redisUrl = redis.url.replace('redis://', `redis://:${redisPassword}@`)
  commands = new Redis(redisUrl)
  monitor = await commands.monitor()
  monitor.on('monitor', (_time: string, args: readonly string[]) => {
    monitored += `${args.join(' ')}\n`
  })
  const withPassword = new URL(postgres.url)
  withPassword.password = postgresPassword
  const busKey = generateKey()
  const encryptionKeys = generateKeyRing()
  const written = await writeServiceConfigs({
    dir: folder,
    postgresUrl: withPassword.href,
    redisUrl,
    redisPrefix: 'planted',
    busKey,
    encryptionKeys,
    ports: { gateway: 0, 'spoke-broker': 0, coordinator: 0, 'inference-proxy': 0, mcp: 0 },
    sections: {
      logging: { level: 'debug' },
      outbound: { allow: ['127.0.0.0/8'] },
      http: { drainBudgetMs: 1000 },
      bus: { key: busKey, inlineMessageBytes: 4096 },
      limits: { requestsPerMinute: { key: 10_000 } },
    },
  })
  masterKey = (await readFile(written.masterKeyPath, 'utf8')).trim()
  for (const [name, value] of Object.entries({
    'Postgres password': postgresPassword,
    'Redis password': redisPassword,
    'bus key': busKey,
    'master key': masterKey,
    'data key': encryptionKeys.split(':').at(-1) ?? '',
  }))
    secrets.set(name, value)
  let text = ''
  const started = await Promise.all(
    services.map(async (name) => {
      const { configPaths, masterKeyPath } = written
      return [
        name,
        await start(name, configPaths[name], masterKeyPath, (more) => (text += more)),
      ] as const
    }),
  )
  stack = {
    urls: Object.fromEntries(started.map(([name, { url }]) => [name, url])) as Record<Name, string>,
    processes: started.map(([, { child }]) => child),
    output: () => text,
  }
}, 120_000)

afterAll(async () => {
  await Promise.all(
    (stack?.processes ?? []).map(async (child) => {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }),
  )
  monitor?.disconnect()
  commands?.disconnect()
  await provider?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
  await database?.close()
  await postgres?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
}, 60_000)

/** A request whose answer, headers included, is kept for the search. */
async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; body: string }> {
  const response = await fetch(url, init)
  const body = await response.text()
  bodies.push(JSON.stringify([...response.headers]), body)
  return { status: response.status, body }
}

function call(key: string, operation: string, input: unknown): ReturnType<typeof ask> {
  return ask(`${stack.urls.gateway}/api/operations/${operation}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  })
}

async function newKey(name: string, scopes: readonly string[], ownerId?: string): Promise<string> {
  const { db } = database
  const id =
    ownerId ?? (await createAccount(db, { email: `${name}@example.com`, accessLevel: 'admin' })).id
  const keys = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(db),
    autoTrackUsage: false,
  })
  const { key } = await keys.create({ ownerId: id, scopes, name })
  secrets.set(`key ${name}`, key)
  return key
}

async function everyRow(): Promise<string> {
  const tables = await database.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`
  const rows = await Promise.all(
    tables.map(async ({ name }) => database.sql`select * from ${database.sql(name)}`),
  )
  return JSON.stringify(rows)
}

async function everyRedisValue(): Promise<string> {
  const keys = await commands.keys('*')
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await commands.type(key)
      if (type === 'string') return commands.get(key)
      if (type === 'hash') return commands.hgetall(key)
      if (type === 'stream') return commands.xrange(key, '-', '+')
      if (type === 'zset') return commands.zrange(key, 0, -1)
      if (type === 'set') return commands.smembers(key)
      return commands.lrange(key, 0, -1)
    }),
  )
  return JSON.stringify([keys, values])
}

function found(text: string): string[] {
  return [...secrets].flatMap(([name, value]) =>
    [value, encodeURIComponent(value), Buffer.from(value).toString('base64')].some((form) =>
      text.includes(form),
    )
      ? [name]
      : [],
  )
}

/** Secrets through the entry points that reach the gateway over Redis: MCP and WebSocket. */
async function exerciseBus(admin: string): Promise<void> {
  const transport = new StreamableHTTPClientTransport(new URL(`${stack.urls.mcp}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${admin}` } },
  })
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transport)
  await using socket = await PlainSocket.open(stack.urls['spoke-broker'], admin)
  const overMcp = async (operation: string, input: object): Promise<string> =>
    JSON.stringify(
      await client.callTool({ name: 'call', arguments: { operationId: operation, input } }),
    )
  const overWebSocket = async (operation: string, input: object): Promise<string> =>
    JSON.stringify(await socket.call(operation, input))
  for (const [name, ask] of [
    ['mcp', overMcp],
    ['websocket', overWebSocket],
  ] as const) {
    const madeKey = /alk_[A-Za-z0-9_-]{8,}/
    const made = await ask('keys.create', { name, scopes: ['inference:use'] })
    secrets.set(`key made over ${name}`, madeKey.exec(made)?.[0] ?? '')
    const keyId = /"keyId\\?":\\?"([0-9a-f-]{36})/.exec(made)?.[1]
    const rotated = await ask('keys.rotate', { keyId, graceMs: 60_000 })
    secrets.set(`key rotated over ${name}`, madeKey.exec(rotated)?.[0] ?? '')
    // Larger than what travels in a message: under a key of its own.
    const secret = `sk-planted-over-${name}-${'0123456789'.repeat(1200)}`
    secrets.set(`provider secret over ${name}`, secret.slice(0, 40))
    const updated = await ask('clients.update', { name: 'planted', secret })
    expect(updated).toContain('hasSecret')
    await call(admin, 'clients.update', { name: 'planted', secret: 'sk-planted-second-1b8d6e3f' })
  }
  for (const [name, value] of secrets) if (value === '') throw new Error(`there is no ${name}`)
  await client.close()
}

/** Normal work and every kind of mistake, with secrets in all the places where people put them. */
async function exercise(): Promise<void> {
  const admin = await newKey('admin', ['*'])
  const providerKey = 'sk-planted-provider-7c2e9f4a'
  const secondKey = 'sk-planted-second-1b8d6e3f'
  secrets.set('provider secret', providerKey).set('replaced provider secret', secondKey)
  const config = { baseUrl: provider.url }
  await call(admin, 'clients.create', {
    name: 'planted',
    type: 'llm-provider',
    config,
    secret: providerKey,
  })
  await call(admin, 'clients.create', {
    name: 'planted',
    type: 'llm-provider',
    config,
    secret: providerKey,
  })
  await call(admin, 'clients.create', {
    name: 'BAD NAME',
    type: 'llm-provider',
    config,
    secret: providerKey,
  })
  await call(admin, 'clients.create', {
    name: 'bad',
    type: 'llm-provider',
    config: { baseUrl: 1 },
    secret: providerKey,
  })
  await call(admin, 'clients.create', `{"name": "broken", "secret": "${providerKey}"`)
  await call(admin, 'clients.update', { name: 'planted', secret: secondKey })
  await call(admin, 'clients.update', { name: 'missing', secret: secondKey })
  await call(admin, 'clients.get', { name: 'planted' })
  const made = await call(admin, 'keys.create', {
    name: 'made',
    scopes: ['inference:use', 'echo:use'],
  })
  const { key, keyId } = (JSON.parse(made.body) as { data: { key: string; keyId: string } }).data
  // Shown this once, to who made it: that answer is not searched.
  bodies.pop()
  secrets.set('made key', key)
  const rotated = await call(admin, 'keys.rotate', { keyId, graceMs: 60_000 })
  bodies.pop()
  secrets.set('rotated key', (JSON.parse(rotated.body) as { data: { key: string } }).data.key)
  await exerciseBus(admin)
  await call(admin, 'keys.get', { keyId })
  await call(admin, 'keys.list', {})
  await call(admin, 'audit.list', {})
  const unknown = `${admin.slice(0, -4)}zzzz`
  secrets.set('unknown key', unknown)
  for (const url of Object.values(stack.urls)) {
    for (const headers of [
      { authorization: `Bearer ${unknown}` },
      { authorization: `Basic ${admin}` },
      { authorization: `Bearer ${admin} ${key}` },
      { authorization: `Bearer ${admin}`, 'x-api-key': key },
      { 'x-api-key': `${key}, ${admin}` },
    ])
      for (const path of ['/api/operations', '/v1/models', '/mcp', '/ws', '/health', '/metrics'])
        await ask(url + path, { headers: headers as Record<string, string> })
    await ask(`${url}/api/operations?key=${key}`)
  }
  for (const model of ['planted/good', 'planted/429', 'planted/garbage', 'missing/x'])
    await ask(`${stack.urls['inference-proxy']}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [] }),
    })
  expect(provider.seen.at(-1)?.authorization).toBe(`Bearer ${secondKey}`)
  await using spoke = await PlainSocket.open(stack.urls['spoke-broker'], admin)
  await register(spoke, 'planted-spoke', [echoSpec])
  const running = call(admin, 'client.planted-spoke.echo.say', { text: 'x' })
  const request = await spoke.next((frame) => frame.type === 'call.requested')
  bodies.push(JSON.stringify(request))
  spoke.send('call.error', request.id, { code: 'EXECUTION_ERROR', message: 'It broke.' })
  await running
  await expect(PlainSocket.open(stack.urls['spoke-broker'], unknown)).rejects.toThrow('401')
  await PlainSocket.open(stack.urls['spoke-broker'], '', ['alkhub.v1', `bearer.${unknown}`]).catch(
    () => undefined,
  )
}

test('no planted secret lies in clear in a log, an answer, an environment, an argument, Redis or Postgres', async () => {
  await exercise()
  // The call graph is written a moment after a call has ended.
  await expect.poll(async () => (await everyRow()).includes('keys.rotate')).toBe(true)
  await expect
    .poll(async () => (await database.sql`select from call_log`).length)
    .toBeGreaterThan(10)
  // The search itself finds what it is to find.
  expect(found(`a log line with ${redisPassword} in it`)).toEqual(['Redis password'])
  const environments = await Promise.all(
    stack.processes.map(
      async ({ pid }) =>
        (await readFile(`/proc/${pid}/environ`, 'utf8')) +
        (await readFile(`/proc/${pid}/cmdline`, 'utf8')),
    ),
  )
  const [rows, redisValues] = await Promise.all([everyRow(), everyRedisValue()])
  const places = {
    logs: stack.output(),
    answers: bodies.join('\n'),
    environments: environments.join('\n'),
    redis: redisValues,
    'what Redis received': monitored,
    postgres: rows,
  }
  expect(monitored).toContain('"type":"sealed"')
  expect(secrets.size).toBeGreaterThanOrEqual(17)
  for (const text of Object.values(places)) expect(text.length).toBeGreaterThan(100)
  expect(
    Object.fromEntries(Object.entries(places).map(([place, text]) => [place, found(text)])),
  ).toEqual({
    logs: [],
    answers: [],
    environments: [],
    redis: [],
    'what Redis received': [],
    postgres: [],
  })
}, 120_000)
