import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@alkdev/cli/local-servers'
import { deferred, must, sleep } from '@alkdev/std'
import { createDrizzleKeyStore, migrate, openDatabase } from '@alkdev/storage'
import { createKeys } from 'keypal'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CuttableLink } from '../cuttable-link.ts'
import { copyPostgresHome } from '../copied-postgres.ts'
import { ask, call } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

/** PostgreSQL that is unavailable for longer than a look-up may take is noticed by then. */
const SOON = { timeout: 30_000, interval: 100 }

const MAX_CONNECTIONS = 3

type Server = Awaited<ReturnType<typeof startPostgres>>

let home: string
let server: Server
let link: CuttableLink
let hub: TestStack

const start = (): Promise<Server> => startPostgres({ keepIn: () => Promise.resolve(home) })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'alkhub-old-knowledge-'))
  const isMigrated = await copyPostgresHome(home)
  server = await start()
  link = await CuttableLink.to(server.url.replace('postgres://', 'http://'))
  const url = new URL(server.url)
  url.port = new URL(link.url).port
  if (!isMigrated) await migrate(url.href)
  hub = await startTestStack(
    { postgres: { maxConnections: MAX_CONNECTIONS } },
    { postgresUrl: url.href },
  )
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await link?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

/** A backend may have ended meanwhile. */
function signalled(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * Stops the backends of the service in Postgres, those that it opens later too: nothing that it asks is answered any more. Resolves when as
 * many are stopped as its pool may have, with what wakes them.
 */
async function freeze(service: string): Promise<() => Promise<void>> {
  const admin = postgres(server.url, { max: 1 })
  const stopped = new Set<number>()
  const stopNew = async (): Promise<void> => {
    const rows = await admin<{ pid: number }[]>`
      select pid from pg_stat_activity where application_name = ${`alkhub ${service}`}`
    for (const { pid } of rows) {
      if (!stopped.has(pid)) signalled(pid, 'SIGSTOP')
      stopped.add(pid)
    }
  }
  const thawing = new AbortController()
  const enough = deferred<void>()
  const watching = (async () => {
    while (!thawing.signal.aborted) {
      await stopNew()
      if (stopped.size >= MAX_CONNECTIONS) enough.resolve()
      await sleep(10)
    }
  })()
  await Promise.race([enough.promise, watching])
  return async () => {
    thawing.abort()
    await watching
    await admin.end()
    for (const pid of stopped) signalled(pid, 'SIGCONT')
  }
}

const code = async (socket: PlainSocket, operationId: string): Promise<string> => {
  const { type, payload } = await socket.call(operationId, {})
  return type === 'call.error' ? payload.code : 'ok'
}

const attach = (key: TestKey, name: string): Promise<HandSpoke> =>
  HandSpoke.attach(hub.broker, key.key, name, [specOf('ticks', { type: 'subscription' })])

test('with its Postgres frozen the broker admits no call over an open socket, and closes the revoked one afterwards', async () => {
  const good = await hub.createKey(['hub:read', 'spokes:attach'])
  const revoked = await hub.createKey(['hub:read', 'spokes:attach'])
  await using goodSocket = await PlainSocket.open(hub.broker, good.key)
  await using revokedSocket = await PlainSocket.open(hub.broker, revoked.key)
  // A second try is another account, which could not have the names of the first one.
  await using goodSpoke = await attach(good, `good-${good.keyId.slice(-8)}`)
  await using revokedSpoke = await attach(revoked, `revoked-${revoked.keyId.slice(-8)}`)
  const sockets = [goodSocket, revokedSocket, goodSpoke.socket, revokedSpoke.socket]
  const codes = (): Promise<string[]> =>
    Promise.all(sockets.map((socket) => code(socket, 'hub.list')))
  expect(await codes()).toEqual(['ok', 'ok', 'ok', 'ok'])
  // A stream of the good key that runs meanwhile.
  goodSocket.send('call.requested', 'stream', { operationId: goodSpoke.id('ticks'), input: {} })
  const asked = await goodSpoke.asked()
  const item = (seq: number): void => goodSpoke.answer(asked.id, { seq }, { seq })
  const received = (): number => goodSocket.frames.filter(({ id }) => id === 'stream').length
  item(1)
  await expect.poll(received, SOON).toBe(1)

  const thaw = await freeze('spoke-broker')
  try {
    const none = Array.from({ length: 4 }, () => 'UNAVAILABLE')
    await expect.poll(codes, SOON).toEqual(none)
    const { status } = await call(hub, hub.admin, 'keys.revoke', { keyId: revoked.keyId })
    expect(status).toBe(200)
    expect(await codes()).toEqual(none)
    item(2)
    // The items of a stream are held back; answers of the same socket come after them.
    expect(await codes()).toEqual(none)
    expect(received()).toBe(1)
    // Over HTTP the gateway still has its keys in the cache; a spoke whose key can't be checked gets no calls.
    const over = await ask(hub, 'POST', `/api/operations/${goodSpoke.id('ticks')}`, {
      key: good.key,
      body: {},
      headers: { accept: 'text/event-stream', 'x-deadline-ms': '8000' },
    })
    // A refusal that takes longer than 300 ms is the end of a stream that was opened.
    expect([503, 200]).toContain(over.status)
    expect(JSON.stringify(over.body)).toMatch(/"(PROVIDER_)?UNAVAILABLE\\*"/)
    expect(goodSpoke.socket.frames.filter(({ type }) => type === 'call.requested')).toEqual([])
  } finally {
    await thaw()
  }

  expect((await revokedSocket.closed).code).toBe(4401)
  expect((await revokedSpoke.socket.closed).code).toBe(4401)
  await expect.poll(() => code(goodSocket, 'hub.list'), SOON).toBe('ok')
  await expect.poll(() => code(goodSpoke.socket, 'hub.list'), SOON).toBe('ok')
  await expect.poll(received, SOON).toBe(2)
})

async function mcp({ key }: TestKey): Promise<number> {
  const response = await fetch(hub.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  })
  await response.body?.cancel()
  return response.status
}

test('with the postmaster killed no entry point admits a call, and afterwards good keys continue and revoked ones do not', async () => {
  const good = await hub.createKey(['hub:read', 'inference:use'])
  const revoked = await hub.createKey(['hub:read', 'inference:use'])
  await using goodSocket = await PlainSocket.open(hub.broker, good.key)
  await using revokedSocket = await PlainSocket.open(hub.broker, revoked.key)
  const models = { headers: { authorization: `Bearer ${good.key}` } }
  const entryPoints = (): Promise<unknown[]> =>
    Promise.all([
      code(goodSocket, 'hub.list'),
      code(revokedSocket, 'hub.list'),
      call(hub, good, 'hub.list').then(({ status }) => status),
      mcp(good),
      fetch(`${hub.inference}/v1/models`, models).then(async (listed) => {
        await listed.body?.cancel()
        return listed.status
      }),
    ])
  expect(await entryPoints()).toEqual(['ok', 'ok', 200, 200, 200])

  process.kill(must(server.process.child.pid), 'SIGKILL')
  await server.process.exited
  link.cut()
  await expect.poll(entryPoints, SOON).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 503, 503, 503])

  server = await start()
  const direct = await openDatabase(server.url)
  const keys = createKeys({ storage: createDrizzleKeyStore(direct.db), autoTrackUsage: false })
  // Before the hub finds it again.
  await keys.revoke(revoked.keyId)
  await direct.close()
  link.retarget(server.port)
  await expect.poll(() => code(goodSocket, 'hub.list'), SOON).toBe('ok')
  expect((await revokedSocket.closed).code).toBe(4401)
  await expect.poll(async () => (await call(hub, good, 'hub.list')).status, SOON).toBe(200)
  expect((await call(hub, revoked, 'hub.list')).status).toBe(401)
})

test('what runs for a key when it is revoked ends with an error: at WebSocket, HTTP, MCP and in a stream', async () => {
  const owner = await hub.createKey(['spokes:attach', 'hub:read'])
  await using spoke = await HandSpoke.attach(hub.broker, owner.key, 'hanging', [
    specOf('hangs'),
    specOf('ticks', { type: 'subscription' }),
  ])
  const user = await hub.createKey(['hub:read'], owner.accountId)
  await using socket = await PlainSocket.open(hub.broker, user.key)
  await expect
    .poll(
      async () => (await call(hub, user, 'hub.schema', { operationId: spoke.id('hangs') })).status,
      SOON,
    )
    .toBe(200)
  const overSocket = socket.call(spoke.id('hangs'), {})
  const overHttp = call(hub, user, spoke.id('hangs'))
  const tool = { name: 'call', arguments: { operationId: spoke.id('hangs') } }
  const overMcp = fetch(hub.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${user.key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: tool }),
  }).then((response) => response.text())
  const streamed = ask(hub, 'POST', `/api/operations/${spoke.id('ticks')}`, {
    key: user.key,
    body: {},
    headers: { accept: 'text/event-stream' },
  })
  for (let at = 0; at < 4; at++) await spoke.asked()

  expect((await call(hub, hub.admin, 'keys.revoke', { keyId: user.keyId })).status).toBe(200)

  expect((await overSocket).payload).toMatchObject({ code: 'UNAUTHENTICATED' })
  expect((await socket.closed).code).toBe(4401)
  expect(await overHttp).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } })
  expect(await overMcp).toMatch(/"id":7.*UNAUTHENTICATED|UNAUTHENTICATED.*"id":7/s)
  // Refused as an ordinary answer when it ends before its stream was opened.
  expect(JSON.stringify((await streamed).body)).toContain('UNAUTHENTICATED')
})
