import { cuttableRedis } from '@alkdev/bus/testing'
import type { CuttableRedis } from '@alkdev/bus/testing'
import { createDrizzleKeyStore, setAccountStatus } from '@alkdev/storage'
import { testRedis } from '@alkdev/testing'
import { createKeys } from 'keypal'
import type { ApiKeyManager } from 'keypal'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { ask, call } from '../http.ts'
import { echoSpec, PlainSocket, register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

/** The limit of the contract is one second. The time of an answer depends on the machine, so the test waits for the answer itself. */
const WITHIN = { timeout: 12_000, interval: 50 }
/** For keys that end by themselves. */
const GRACE_MS = 700
const scopes = [
  'accounts:*',
  'spokes:*',
  'inference:use',
  'clients:*',
  'echo:use',
  'orgs:*',
  'projects:*',
]

let hub: TestStack
let redis: CuttableRedis
let provider: FakeProvider

beforeAll(async () => {
  redis = await cuttableRedis(testRedis().url)
  hub = await startTestStack({}, { redisUrl: redis.url })
  provider = await startFakeProvider()
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
  await redis?.[Symbol.asyncDispose]()
})

const ticking = { ...echoSpec, name: 'ticks', type: 'subscription' }

async function mcpStatus({ key }: TestKey): Promise<number> {
  const response = await fetch(hub.mcp, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      },
    }),
  })
  await response.body?.cancel()
  return response.status
}

/** How each service answers to the key: gateway, proxy, mcp, broker, and, through an operation of its own, the coordinator. */
async function statusesOf(user: TestKey): Promise<unknown[]> {
  const header = { authorization: `Bearer ${user.key}` }
  const [gateway, models, mcp, socket, projects] = await Promise.all([
    ask(hub, 'GET', '/api/operations?limit=1', { key: user.key }),
    fetch(`${hub.inference}/v1/models`, { headers: header }),
    mcpStatus(user),
    PlainSocket.open(hub.broker, user.key).then(
      async (opened) => {
        await opened[Symbol.asyncDispose]()
        return 200
      },
      (error: Error) => Number(/\d+/.exec(error.message)?.[0]),
    ),
    call(hub, user, 'projects.list'),
  ])
  return [gateway.status, models.status, mcp, socket, projects.status]
}

const open = [200, 200, 200, 200, 200]
const shut = [401, 401, 401, 401, 401]

/** A stream of server-sent events, collected as text until it ends. */
function stream(
  user: TestKey,
  path: string,
  init: RequestInit = {},
): { text: string; ended: boolean } {
  const state = { text: '', ended: false }
  void (async () => {
    const response = await fetch(`${hub.gateway}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${user.key}`,
        accept: 'text/event-stream',
        'content-type': 'application/json',
      },
    })
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? [])
        state.text += decoder.decode(chunk as Uint8Array)
    } catch {
      // Cut off: also an end.
    }
    state.ended = true
  })()
  return state
}

interface Way {
  readonly what: string
  /** By an operation, as people do it. */
  readonly shutOut: (user: TestKey) => Promise<unknown>
  /** In the database, where no operation of the hub can be called. */
  readonly inDatabase: (user: TestKey, keys: ApiKeyManager) => Promise<unknown>
}

const soon = (): string => new Date(Date.now() + GRACE_MS).toISOString()

const ways: readonly Way[] = [
  {
    what: 'its key is revoked',
    shutOut: ({ keyId }) => call(hub, hub.admin, 'keys.revoke', { keyId }),
    inDatabase: ({ keyId }, keys) => keys.revoke(keyId),
  },
  {
    what: 'its key is disabled',
    shutOut: ({ keyId }) => call(hub, hub.admin, 'keys.update', { keyId, enabled: false }),
    inDatabase: ({ keyId }, keys) => keys.disable(keyId),
  },
  {
    what: 'its key expires',
    shutOut: ({ keyId }) => call(hub, hub.admin, 'keys.update', { keyId, expiresAt: soon() }),
    inDatabase: ({ keyId }, keys) => keys.update(keyId, { expiresAt: soon() }),
  },
  {
    what: 'its key is rotated',
    shutOut: ({ keyId }) => call(hub, hub.admin, 'keys.rotate', { keyId, graceMs: 0 }),
    inDatabase: ({ keyId }, keys) => keys.rotate(keyId),
  },
  {
    what: 'the grace of its rotated key is over',
    shutOut: ({ keyId }) => call(hub, hub.admin, 'keys.rotate', { keyId, graceMs: GRACE_MS }),
    inDatabase: ({ keyId }, keys) => keys.rotate(keyId, { graceMs: GRACE_MS }),
  },
  {
    what: 'its account is suspended',
    shutOut: ({ accountId }) =>
      call(hub, hub.admin, 'accounts.setStatus', { accountId, status: 'suspended' }),
    inDatabase: ({ accountId }) => setAccountStatus(hub.database.db, accountId, 'suspended'),
  },
]

test.each(ways)(
  'every entry point refuses the user and ends its streams and sockets when $what',
  async ({ what, shutOut }) => {
    const user = await hub.createKey(scopes)
    const spokeKey = await hub.createKey(['spokes:attach'], user.accountId)
    await using spoke = await PlainSocket.open(hub.broker, spokeKey.key)
    const name = `ticker-${user.accountId.slice(-12)}`
    await register(spoke, name, [ticking])
    await using socket = await PlainSocket.open(hub.broker, user.key)
    expect(await statusesOf(user)).toEqual(open)
    const ticks = stream(user, `/api/operations/client.${name}.echo.ticks`, {
      method: 'POST',
      body: JSON.stringify({ text: 'x' }),
    })
    const events = stream(user, '/api/events')
    const request = await spoke.next((frame) => frame.type === 'call.requested')
    const envelope = {
      data: { text: 'one' },
      meta: { source: 'local', operationId: 'echo.ticks', timestamp: Date.now() },
    }
    spoke.send('call.responded', request.id, { output: envelope, seq: 1 })
    await expect.poll(() => ticks.text, WITHIN).toContain('one')

    expect(await shutOut(user)).toMatchObject({ status: 200 })

    await expect.poll(() => statusesOf(user), WITHIN).toEqual(shut)
    expect((await socket.closed).code).toBe(4401)
    await expect.poll(() => [ticks.ended, events.ended], WITHIN).toEqual([true, true])
    const ended = /event: error\ndata: .*"status":401.*"code":"UNAUTHENTICATED"/
    expect(events.text).toMatch(ended)
    // The spoke is of the same account: it may be gone first.
    expect(ticks.text).toMatch(what.includes('account') ? /event: error/ : ended)
    // The spoke has another key of the same account.
    const isSuspended = what === 'its account is suspended'
    const end = isSuspended
      ? spoke.closed.then(({ code }) => code)
      : spoke.next(({ type }) => type === 'call.aborted').then(({ id }) => id)
    expect(await end).toBe(isSuspended ? 4401 : request.id)
  },
)

test('a stream of a model ends with an error when its key is revoked, and the provider stops', async () => {
  const user = await hub.createKey(scopes)
  const name = `slow-${user.accountId.slice(-12)}`
  await call(hub, user, 'clients.create', {
    name,
    type: 'llm-provider',
    config: { baseUrl: provider.url },
  })
  const words = stream(user, '/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify({ model: `${name}/silent-after-one`, stream: true, messages: [] }),
  })
  await expect.poll(() => words.text).toContain('Hel')
  await call(hub, hub.admin, 'keys.revoke', { keyId: user.keyId })
  await expect.poll(() => words.ended, WITHIN).toBe(true)
  expect(words.text).not.toContain('[DONE]')
  await expect.poll(() => provider.seen.at(-1)?.aborted, WITHIN).toBe(true)
})

test('removing a member ends their calls of spokes of the organization and refuses new ones', async () => {
  const [owner, member] = [await hub.createKey(scopes), await hub.createKey(scopes)]
  const org = await call(hub, owner, 'orgs.create', { name: `org-${owner.accountId.slice(-12)}` })
  const { orgId } = org.body.data
  const membership = { orgId, accountId: member.accountId }
  expect(await call(hub, owner, 'orgs.invite', membership)).toMatchObject({ status: 200 })
  expect(await call(hub, member, 'orgs.accept', { orgId })).toMatchObject({ status: 200 })
  const project = await call(hub, owner, 'projects.create', { slug: 'shared', orgId })
  const { projectId } = project.body.data
  const { key } = await hub.createKey(['spokes:attach', 'projects:*'], owner.accountId)
  await using spoke = await PlainSocket.open(hub.broker, key)
  const name = `shared-${owner.accountId.slice(-12)}`
  expect((await register(spoke, name, [echoSpec], { projectId })).type).toBe('call.responded')
  const operation = `client.${name}.echo.say`
  const described = () => ask(hub, 'GET', `/api/operations/${operation}`, { key: member.key })
  await expect.poll(async () => (await described()).status, WITHIN).toBe(200)
  // The gateway knows of the membership; the broker may learn of it later, and refuses the call until then.
  const asked = spoke.next((frame) => frame.type === 'call.requested').then(() => 'asked')
  const running = await vi.waitFor(async () => {
    const answer = call(hub, member, operation, { text: 'x' })
    const first = await Promise.race([
      asked,
      answer.then(({ status, body }) => [status, body.code]),
    ])
    expect(first).toBe('asked')
    return { answer }
  })

  expect(await call(hub, owner, 'orgs.removeMember', membership)).toMatchObject({ status: 200 })

  await expect.poll(async () => (await described()).status, WITHIN).toBe(404)
  expect((await running.answer).body.code).toBe('ACCESS_DENIED')
  expect((await call(hub, member, operation, { text: 'x' })).body.code).toBe('OPERATION_NOT_FOUND')
})

/** Every service has read all changes of keys that were made before: they are read in their order. */
async function everybodyHasRead(): Promise<void> {
  const marker = await hub.createKey(scopes)
  expect(await statusesOf(marker)).toEqual(open)
  await call(hub, hub.admin, 'keys.revoke', { keyId: marker.keyId })
  await expect.poll(() => statusesOf(marker), WITHIN).toEqual(shut)
}

/** Rotates a key; the successor is the same account's. */
async function rotate(user: TestKey, graceMs: number): Promise<TestKey> {
  const rotated = await call(hub, hub.admin, 'keys.rotate', { keyId: user.keyId, graceMs })
  return { ...user, key: rotated.body.data.key as string }
}

test('during the grace a rotated key is as good everywhere as its successor', async () => {
  const user = await hub.createKey(scopes)
  await using socket = await PlainSocket.open(hub.broker, user.key)
  const successor = await rotate(user, 600_000)
  await everybodyHasRead()
  expect([await statusesOf(user), await statusesOf(successor)]).toEqual([open, open])
  expect(socket.socket.readyState).toBe(socket.socket.OPEN)
})

test('when the grace is over, a rotated key is good nowhere, and its successor is', async () => {
  const user = await hub.createKey(scopes)
  await using socket = await PlainSocket.open(hub.broker, user.key)
  const successor = await rotate(user, GRACE_MS)
  await expect.poll(() => statusesOf(user), WITHIN).toEqual(shut)
  expect((await socket.closed).code).toBe(4401)
  expect(await statusesOf(successor)).toEqual(open)
})

test.each(ways)(
  'with Redis away it is felt everywhere all the same when $what',
  async ({ inDatabase }) => {
    const user = await hub.createKey(scopes)
    // Wait until the effects of the earlier rows have ended.
    await expect.poll(() => statusesOf(user), { timeout: 15_000, interval: 100 }).toEqual(open)
    await using socket = await PlainSocket.open(hub.broker, user.key)
    const keys = createKeys({
      storage: createDrizzleKeyStore(hub.database.db),
      autoTrackUsage: false,
    })
    redis.cut()
    try {
      await inDatabase(user, keys)
      await expect.poll(() => statusesOf(user), WITHIN).toEqual(shut)
      expect((await socket.closed).code).toBe(4401)
    } finally {
      redis.repair()
    }
  },
)
