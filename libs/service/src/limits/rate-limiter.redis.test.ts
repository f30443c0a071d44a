import type { Authenticated } from '@alkdev/contracts'
import { must } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RateLimiter } from './rate-limiter.ts'
import { limiters } from '../testing/limit-fixtures.ts'

let redis: Redis
beforeAll(() => {
  redis = new Redis(testRedis().url)
})
afterAll(() => redis.disconnect())

const alice: Authenticated = {
  identity: { id: 'alice', keyId: 'k1', scopes: [], orgIds: ['o1'] },
}

function like(changes: Partial<Authenticated['identity']>): Authenticated {
  return { identity: { ...alice.identity, ...changes } }
}

test('all replicas together admit no more concurrent requests than the limit', async () => {
  const { create } = limiters(redis, { minute: { key: 50 } })
  const replicas = [create(), create(), create()]
  const states = await Promise.all(
    Array.from({ length: 200 }, (_, at) => must(replicas[at % 3]).take(alice)),
  )
  expect(states.filter((state) => state?.granted === 1)).toHaveLength(50)
})

test('a result holds the remaining requests and the time until the limit is full again', async () => {
  const { limiter, clock } = limiters(redis, { minute: { key: 2 } })
  const state = { of: 'key', id: 'k1', window: 'minute', limit: 2 }
  expect(await limiter.take(alice)).toEqual({
    granted: 1,
    day: 0,
    tightest: { minute: { ...state, remaining: 1, resetMs: 30_000, retryAfterMs: 0 } },
  })
  expect((await limiter.take(alice))?.tightest.minute).toMatchObject({
    remaining: 0,
    resetMs: 60_000,
  })
  const refusedBy = { ...state, remaining: 0, resetMs: 60_000, retryAfterMs: 30_000 }
  expect(await limiter.take(alice)).toMatchObject({ granted: 0, refusedBy })
  expect(await limiter.take(alice)).toMatchObject({ granted: 0, refusedBy })
  clock.nowMs += 29_999
  expect(await limiter.take(alice)).toMatchObject({ granted: 0, refusedBy: { retryAfterMs: 1 } })
  clock.nowMs += 1
  expect(await limiter.take(alice)).toMatchObject({
    granted: 1,
    tightest: { minute: { remaining: 0 } },
  })
  clock.nowMs += 600_000
  expect(await limiter.take(alice)).toMatchObject({
    granted: 1,
    tightest: { minute: { remaining: 1 } },
  })
})

test('key, account and organization are counted together, and a refused request is not counted', async () => {
  const { limiter } = limiters(redis, { minute: { key: 2, account: 3, organization: 4 } })
  const take = async (authenticated: Authenticated) => {
    const state = await limiter.take(authenticated)
    return { granted: state?.granted, ...state?.tightest.minute }
  }
  const second = like({ keyId: 'k2' })
  const colleague = like({ id: 'bob', keyId: 'k3' })
  expect(await take(alice)).toMatchObject({ granted: 1, of: 'key', remaining: 1 })
  expect(await take(alice)).toMatchObject({ granted: 1, of: 'key', remaining: 0 })
  for (let at = 0; at < 5; at += 1)
    expect(await take(alice)).toMatchObject({ granted: 0, of: 'key' })
  expect(await take(second)).toMatchObject({ granted: 1, of: 'account', remaining: 0 })
  expect(await take(second)).toMatchObject({ granted: 0, of: 'account', limit: 3 })
  expect(await take(colleague)).toMatchObject({ granted: 1, of: 'organization', remaining: 0 })
  expect(await take(colleague)).toMatchObject({ granted: 0, of: 'organization', limit: 4 })
})

test('a daily quota is full again at midnight in UTC, and a monthly one on the first', async () => {
  const { limiter, clock } = limiters(redis, { day: { account: 3 }, month: { account: 4 } })
  clock.nowMs = Date.UTC(2028, 1, 28, 23, 59, 0)
  for (let at = 2; at >= 0; at -= 1) {
    const state = await limiter.take(alice)
    expect(state).toMatchObject({
      granted: 1,
      tightest: {
        day: { limit: 3, remaining: at, resetMs: 60_000 },
        // The 29th of February of a leap year is still to come.
        month: { limit: 4, remaining: at + 1, resetMs: 60_000 + 86_400_000 },
      },
    })
  }
  const day = await limiter.take(alice)
  expect(day).toMatchObject({ granted: 0, refusedBy: { window: 'day', retryAfterMs: 60_000 } })
  expect(limiter.refuse(must(day?.refusedBy))).toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: 60_000,
    details: { of: 'account', id: 'alice', window: 'day', limit: 3 },
  })
  clock.nowMs += 60_000
  expect(await limiter.take(alice)).toMatchObject({ granted: 1 })
  expect(await limiter.take(alice)).toMatchObject({
    granted: 0,
    refusedBy: { window: 'month', retryAfterMs: 86_400_000 },
  })
  clock.nowMs += 86_400_000
  expect(await limiter.take(alice)).toMatchObject({
    granted: 1,
    tightest: { month: { remaining: 3, resetMs: 31 * 86_400_000 } },
  })
})

test('the end of each month is that of the calendar', async () => {
  const { limiter, clock } = limiters(redis, { month: { key: 1_000_000 } })
  for (let at = 0; at < 12 * 110; at += 1) {
    const [year, month] = [1995 + Math.floor(at / 12), at % 12]
    const [first, next] = [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)]
    for (const nowMs of [first, next - 1]) {
      clock.nowMs = nowMs
      const state = await limiter.take(alice)
      expect([year, month, state?.tightest.month?.resetMs]).toEqual([year, month, next - nowMs])
    }
  }
})

test('a request that one window refuses counts in none, and one round trip reads all windows', async () => {
  let trips = 0
  const counting = {
    evalsha: (...args: Parameters<Redis['evalsha']>) => ((trips += 1), redis.evalsha(...args)),
    eval: redis.eval.bind(redis),
  } as unknown as Redis
  const { limiter } = limiters(
    redis,
    { minute: { key: 100, account: 100 }, day: { key: 2, organization: 50 }, month: { key: 100 } },
    { redis: counting },
  )
  for (let at = 0; at < 10; at += 1) await limiter.take(alice)
  expect(trips).toBe(10)
  const state = await limiter.take(like({ keyId: 'k9' }))
  expect(state?.tightest).toMatchObject({
    minute: { of: 'account', remaining: 97 },
    day: { of: 'key', remaining: 1 },
    month: { of: 'key', remaining: 99 },
  })
})

test('stored limits replace those of the config, for each window separately', async () => {
  const { limiter } = limiters(redis, { minute: { key: 1, account: 1 }, day: { account: 1 } })
  const own: Authenticated = {
    identity: { id: 'carol', keyId: 'k7', scopes: [], orgIds: ['o7'] },
    limits: {
      key: { perMinute: 0 },
      account: { perMinute: 3, perDay: 2 },
      organizations: { o7: { perMonth: 9 } },
    },
  }
  expect(limiter.bucketsOf(own)).toMatchObject([
    { of: 'account', window: 'minute', limit: 3 },
    { of: 'account', window: 'day', limit: 2 },
    { of: 'organization', window: 'month', limit: 9 },
  ])
  await limiter.take(own)
  await limiter.take(own)
  expect(await limiter.take(own)).toMatchObject({ granted: 0, refusedBy: { window: 'day' } })
})

test('without a limit Redis is not queried', async () => {
  const { limiter, prefix } = limiters(redis, {})
  expect(await limiter.take(alice)).toBeUndefined()
  expect(await redis.keys(`${prefix}*`)).toEqual([])
})

test('with the clock of Redis the result is the same, and buckets expire', async () => {
  const { prefix } = limiters(redis, {})
  const one = { key: 0, account: 1, organization: 0 }
  const limits = { requestsPerMinute: one, requestsPerDay: one, requestsPerMonth: one }
  const limiter = new RateLimiter({ redis, prefix, limits })
  expect((await limiter.take(alice))?.granted).toBe(1)
  expect((await limiter.take(alice))?.granted).toBe(0)
  for (const [name, most] of [
    ['rate:account:alice', 60_000],
    ['quota:day:account:alice', 86_400_000],
    ['quota:month:account:alice', 31 * 86_400_000],
  ] as const) {
    const left = await redis.pttl(`${prefix}:${name}`)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(most)
  }
})

test('while Redis is unavailable or silent, requests pass and one error is reported', async () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const gone = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false })
  gone.on('error', () => undefined)
  const away = limiters(redis, { minute: { key: 1 } }, { redis: gone, onError }).limiter
  for (let at = 0; at < 3; at += 1) expect(await away.take(alice)).toBeUndefined()
  const never = () => new Promise<never>(() => undefined)
  const silent = limiters(
    redis,
    { minute: { key: 1 } },
    { redis: { eval: never, evalsha: never } as unknown as Redis, onError, patienceMs: 20 },
  ).limiter
  for (let at = 0; at < 3; at += 1) expect(await silent.take(alice)).toBeUndefined()
  expect(errors).toHaveLength(2)
  gone.disconnect()
})
