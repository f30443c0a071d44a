import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KEY_PREFIX } from '@alkdev/service'
import { writeTestConfig } from '@alkdev/service/testing'
import type { TestConfigInput } from '@alkdev/service/testing'
import { compact } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore, openDatabase } from '@alkdev/storage'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

const MAIN = new URL('./main.ts', import.meta.url).pathname
/** What one process has compiled, the next one need not: five of them load all sources. */
const { NODE_COMPILE_CACHE } = process.env
const COMPILED = compact({ NODE_COMPILE_CACHE })

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

interface Process {
  readonly child: ChildProcess
  readonly exited: Promise<{
    readonly code: number | null
    readonly out: string
    readonly err: string
  }>
  /** The line of the log that reports the start, once it is written. */
  line(message: string): Promise<Record<string, unknown>>
}

async function run(
  input: Partial<TestConfigInput> = {},
  environment: Record<string, string> = {},
): Promise<Process> {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-main-'))
  const redis = testRedis()
  const path = await writeTestConfig(folder, {
    postgresUrl: database.url,
    redisUrl: redis.url,
    prefix: redis.prefix,
    sections: { logging: { level: 'info' } },
    ...input,
  })
  const child = spawn(process.execPath, [MAIN], {
    env: { ...COMPILED, ALKHUB_CONFIG_PATH: path, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (piece) => (out += String(piece)))
  child.stderr.on('data', (piece) => (err += String(piece)))
  const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  })
  return {
    child,
    exited,
    async line(message) {
      let found: Record<string, unknown> | undefined
      await expect
        .poll(
          () => {
            found = out
              .split('\n')
              .filter((text) => text.startsWith('{'))
              .map((text) => JSON.parse(text) as Record<string, unknown>)
              .find(({ msg }) => msg === message)
            return found
          },
          { timeout: 60_000 },
        )
        .toBeDefined()
      return found ?? {}
    },
  }
}

test('the process starts from its config file, says when it is ready, drains on SIGTERM and exits 0', async () => {
  const gateway = await run()
  const ready = await gateway.line('ready')
  expect((await fetch(`${String(ready['url'])}/readyz`)).status).toBe(200)
  gateway.child.kill('SIGTERM')
  const { code, out, err } = await gateway.exited
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('"msg":"stopped"')
})

async function aKey(): Promise<string> {
  await using admin = await openDatabase(database.url)
  await using keys = createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(admin.db) })
  const account = await createAccount(admin.db, { email: 'main@example.org' })
  return (await keys.create({ ownerId: account.id, scopes: [] })).key
}

test('a second signal ends the process at once', async () => {
  const gateway = await run()
  const { port } = new URL(String((await gateway.line('ready'))['url']))
  // A body that never completes keeps the drain waiting.
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  const head = `POST /api/operations/accounts.me HTTP/1.1\r\nhost: x\r\nx-api-key: ${await aKey()}\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`
  socket.write(head)
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
    .toContain('alkhub_http_requests_active 2')
  gateway.child.kill('SIGINT')
  await gateway.line('draining')
  gateway.child.kill('SIGINT')
  const { code } = await gateway.exited
  expect(code).toBe(130)
})

test('a missing setting gives one sentence on standard error, exit code 1, and no secret', async () => {
  const away = new URL(database.url)
  away.port = '1'
  away.password = 'hunter2'
  const gateway = await run({ postgresUrl: away.href })
  const { code, out, err } = await gateway.exited
  expect(code).toBe(1)
  expect(err).toMatch(
    /^gateway: The database .* does not answer \(ECONNREFUSED\)\. Start PostgreSQL[^\n]*\n$/,
  )
  expect(out + err).not.toContain('hunter2')
  expect(out + err).not.toContain('    at ')
})

test('a missing config, and a config with errors, are reported before anything is opened', async () => {
  const missing = await (await run({}, { ALKHUB_CONFIG_PATH: '' })).exited
  expect(missing.code).toBe(1)
  expect(missing.err).toMatch(/^gateway: ALKHUB_CONFIG_PATH is not set\./)
  const sections = { http: { drainBudgetMs: 'long' }, limits: { callTimeoutMs: -1 } }
  const wrong = await (await run({ sections })).exited
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('2 mistakes')
  expect(wrong.out).toBe('')
})
