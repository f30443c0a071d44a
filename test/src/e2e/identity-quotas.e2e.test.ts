import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack({ limits: { requestsPerDay: { account: 40 } } })
  await call(hub, hub.admin, 'limits.set', { accountId: hub.admin.accountId, perDay: 0 })
})
afterAll(() => hub?.[Symbol.asyncDispose]())

/** A Redis that answers in more than 250 ms, on a machine that is busy with other things, lets calls through: then once more. */
const TWICE = { retry: 1 }

const list = (user: TestKey) => ask(hub, 'GET', '/api/operations?limit=1', { key: user.key })
const midnightMs = () => 86_400_000 - (Date.now() % 86_400_000)

/** Until every process has read a change: at most a second, plus time for a busy machine. */
const soon = { timeout: 10_000, interval: 200 }

test(
  'a quota of a day refuses over HTTP and on sockets of two replicas alike, at exactly its number, until midnight in UTC',
  TWICE,
  async () => {
    const second = await hub.addBroker()
    const user = await hub.createKey(['hub:*'])
    for (let at = 0; at < 5; at += 1) expect((await list(user)).status).toBe(200)
    await using one = await PlainSocket.open(hub.broker, user.key)
    await using two = await PlainSocket.open(second.url, user.key)
    const codes: (string | undefined)[] = []
    let last: { code?: string; retryAfterMs?: number; details?: unknown } = {}
    // What one replica took ahead returns to the other within a second.
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, at) =>
            (at % 2 ? one : two).call('hub.list', { limit: 1 }),
          ),
        )
        codes.push(...answers.map(({ payload }) => payload.code))
        last = answers.at(-1)?.payload ?? {}
        expect(codes.filter((code) => code === undefined)).toHaveLength(35)
      },
      { timeout: 20_000, interval: 300 },
    )
    expect(new Set(codes)).toEqual(new Set([undefined, 'RATE_LIMITED']))
    const details = { of: 'account', id: user.accountId, window: 'day', limit: 40 }
    expect(last).toMatchObject({ code: 'RATE_LIMITED', details })
    expect(last.retryAfterMs).toBeGreaterThan(0)
    expect(last.retryAfterMs).toBeLessThanOrEqual(midnightMs() + 5000)
    const over = await list(user)
    expect(over.status).toBe(429)
    expect(over.body).toMatchObject({ code: 'RATE_LIMITED', details })
    expect(over.headers.get('ratelimit')).toMatch(/^"account-day";r=0;t=\d+$/)
    expect(Number(over.headers.get('retry-after')) * 1000).toBeLessThanOrEqual(midnightMs() + 5000)
    await second.stop(1000)
  },
)

test('an admin gives one account, key or organization limits of its own; they count within a second, and the log tells of them', async () => {
  const user = await hub.createKey(['limits:*'])
  expect((await list(user)).headers.get('ratelimit-policy')).toBe('"account-day";q=40;w=86400')
  const set = await call(hub, hub.admin, 'limits.set', {
    accountId: user.accountId,
    perDay: 1000,
    perMonth: 5000,
  })
  expect(set.body.data.items).toMatchObject([
    { of: 'account', window: 'day', limit: 1000, remaining: 999 },
    { of: 'account', window: 'month', limit: 5000, remaining: 5000 },
  ])
  await vi.waitFor(async () => {
    const { headers } = await list(user)
    expect(headers.get('ratelimit-policy')).toBe(
      '"account-day";q=1000;w=86400, "account-month";q=5000',
    )
  }, soon)
  await call(hub, hub.admin, 'limits.set', { keyId: user.keyId, perMinute: 2 })
  await vi.waitFor(async () => expect((await list(user)).status).toBe(429), soon)
  const { body } = await call(hub, hub.admin, 'limits.get', { keyId: user.keyId })
  expect(body.data.items).toMatchObject([{ of: 'key', window: 'minute', limit: 2, remaining: 0 }])
  // null: as the config says again.
  await call(hub, hub.admin, 'limits.set', { keyId: user.keyId, perMinute: null })
  await vi.waitFor(async () => expect((await list(user)).status).toBe(200), soon)
  const log = await call(hub, hub.admin, 'audit.list', {
    targetId: user.keyId,
    action: 'limits.set',
  })
  expect(log.body.data.items[0]).toMatchObject({ action: 'limits.set', targetType: 'key' })
})

test('an admin limits the queued calls of one account, which the account sees; a key has no such limit', async () => {
  const user = await hub.createKey(['limits:*'])
  const { accountId, keyId } = user
  const set = (input: object) => call(hub, hub.admin, 'limits.set', input)
  const { body } = await set({ accountId, queuedAtATime: 3, queuedPerSecond: 0, perDay: 900 })
  const queued = { accountId, atATime: 3, perSecond: 0 }
  expect(body.data).toMatchObject({ items: [{ window: 'day', limit: 900 }], queued })
  expect((await call(hub, user, 'limits.get', {})).body.data).toMatchObject({ queued })
  const refused = await set({ keyId, queuedAtATime: 3 })
  expect(refused.body).toMatchObject({ code: 'VALIDATION_ERROR' })
  const left = await set({ accountId, queuedAtATime: null, queuedPerSecond: null })
  expect(left.body.data.queued).toBeUndefined()
  expect(left.body.data.items).toMatchObject([{ window: 'day', limit: 900 }])
})

test('an account sees the rest of its own limits, and not those of others; only admins set limits', async () => {
  const user = await hub.createKey(['limits:*', 'orgs:*', 'keys:*'])
  const outsider = await hub.createKey(['limits:*', 'keys:*'])
  const org = (await call(hub, user, 'orgs.create', { name: 'quota-team' })).body.data.orgId
  await call(hub, hub.admin, 'limits.set', { orgId: org, perMonth: 300 })
  await vi.waitFor(async () => {
    const own = await call(hub, user, 'limits.get')
    expect(own.body.data.items).toMatchObject([
      { of: 'account', id: user.accountId, limit: 40 },
      { of: 'organization', id: org, window: 'month', limit: 300 },
    ])
  }, soon)
  for (const [input, code] of [
    [{ keyId: user.keyId }, 'KEY_NOT_FOUND'],
    [{ accountId: user.accountId }, 'ACCOUNT_NOT_FOUND'],
    [{ orgId: org }, 'ORG_NOT_FOUND'],
  ] as const) {
    const answer = await call(hub, outsider, 'limits.get', input)
    expect([answer.status, answer.body.code]).toEqual([404, code])
    const refused = await call(hub, user, 'limits.set', { ...input, perDay: 1 })
    expect([refused.status, refused.body.code]).toEqual([403, 'ACCESS_DENIED'])
  }
  const both = { keyId: user.keyId, orgId: org, perDay: 1 }
  expect((await call(hub, hub.admin, 'limits.set', both)).body.code).toBe('VALIDATION_ERROR')
  expect((await call(hub, hub.admin, 'limits.set', { perDay: 1, perMonth: 2 })).body.code).toBe(
    'VALIDATION_ERROR',
  )
})

test('a key that takes over from another takes over its limits', async () => {
  const user = await hub.createKey(['keys:*', 'limits:*'])
  await call(hub, hub.admin, 'limits.set', { keyId: user.keyId, perDay: 7 })
  const rotated = await call(hub, user, 'keys.rotate', { keyId: user.keyId })
  const { keyId } = rotated.body.data
  expect(keyId).not.toBe(user.keyId)
  const { body } = await call(hub, hub.admin, 'limits.get', { keyId })
  expect(body.data.items).toMatchObject([{ of: 'key', id: keyId, window: 'day', limit: 7 }])
})
