import type { Identity } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RateLimiter } from './rate-limiter.ts'
import type { RateLimiterOptions, RateLimits } from './rate-limiter.ts'

let redis: Redis
beforeAll(() => {
  redis = new Redis(testRedis().url)
})
afterAll(() => redis.disconnect())

const alice: Identity = { id: 'alice', keyId: 'k1', scopes: [], orgIds: ['o1'] }
const none = { key: 0, account: 0, organization: 0 }

function limiters(limits: Partial<RateLimits>, more: Partial<RateLimiterOptions> = {}) {
  const prefix = testRedis().prefix.replace(/:$/, '')
  const clock = { nowMs: 1_000_000 }
  const create = () =>
    new RateLimiter({
      redis,
      prefix,
      limits: { ...none, ...limits },
      now: () => clock.nowMs,
      ...more,
    })
  return { clock, create, limiter: create(), prefix }
}

test('so many requests are let through at once as the limit says, whatever replica they come to', async () => {
  const { create } = limiters({ key: 50 })
  const replicas = [create(), create(), create()]
  const states = await Promise.all(
    Array.from({ length: 200 }, (_, at) => must(replicas[at % 3]).take(alice)),
  )
  expect(states.filter((state) => state?.allowed === true)).toHaveLength(50)
})

test('what is left, and when it is all there again, is told; the next is let through when its time has come', async () => {
  const { limiter, clock } = limiters({ key: 2 })
  expect(await limiter.take(alice)).toEqual({
    allowed: true,
    limit: 2,
    remaining: 1,
    resetMs: 30_000,
    retryAfterMs: 0,
    of: 'key',
  })
  expect(await limiter.take(alice)).toMatchObject({ remaining: 0, resetMs: 60_000 })
  const refused = { allowed: false, remaining: 0, resetMs: 60_000, retryAfterMs: 30_000 }
  expect(await limiter.take(alice)).toMatchObject(refused)
  expect(await limiter.take(alice)).toMatchObject(refused)
  clock.nowMs += 29_999
  expect(await limiter.take(alice)).toMatchObject({ allowed: false, retryAfterMs: 1 })
  clock.nowMs += 1
  expect(await limiter.take(alice)).toMatchObject({ allowed: true, remaining: 0 })
  clock.nowMs += 600_000
  expect(await limiter.take(alice)).toMatchObject({ allowed: true, remaining: 1 })
})

test('key, account and organization are counted together, and a refused request counts nowhere', async () => {
  const { limiter } = limiters({ key: 2, account: 3, organization: 4 })
  const take = (identity: Identity) => limiter.take(identity)
  const second = { ...alice, keyId: 'k2' }
  const colleague = { ...alice, id: 'bob', keyId: 'k3' }
  expect(await take(alice)).toMatchObject({ allowed: true, of: 'key', remaining: 1 })
  expect(await take(alice)).toMatchObject({ allowed: true, of: 'key', remaining: 0 })
  for (let at = 0; at < 5; at += 1)
    expect(await take(alice)).toMatchObject({ allowed: false, of: 'key' })
  expect(await take(second)).toMatchObject({ allowed: true, of: 'account', remaining: 0 })
  expect(await take(second)).toMatchObject({ allowed: false, of: 'account', limit: 3 })
  expect(await take(colleague)).toMatchObject({ allowed: true, of: 'organization', remaining: 0 })
  expect(await take(colleague)).toMatchObject({ allowed: false, of: 'organization', limit: 4 })
})

test('without a limit Redis is not asked', async () => {
  const { limiter, prefix } = limiters({})
  expect(await limiter.take(alice)).toBeUndefined()
  expect(await redis.keys(`${prefix}*`)).toEqual([])
})

test('by the clock of Redis it works the same, and buckets go away by themselves', async () => {
  const { prefix } = limiters({})
  const limiter = new RateLimiter({ redis, prefix, limits: { ...none, account: 1 } })
  expect((await limiter.take(alice))?.allowed).toBe(true)
  expect(await limiter.take(alice)).toMatchObject({ allowed: false, of: 'account' })
  const left = await redis.pttl(`${prefix}:rate:account:alice`)
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThanOrEqual(60_000)
})

test('when Redis is away, or silent, requests are let through, and it is told once', async () => {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const gone = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false })
  const away = limiters({ key: 1 }, { redis: gone, onError }).limiter
  for (let at = 0; at < 3; at += 1) expect(await away.take(alice)).toBeUndefined()
  const never = () => new Promise<never>(() => undefined)
  const silent = limiters(
    { key: 1 },
    { redis: { eval: never, evalsha: never } as unknown as Redis, onError, patienceMs: 20 },
  ).limiter
  for (let at = 0; at < 3; at += 1) expect(await silent.take(alice)).toBeUndefined()
  expect(errors).toHaveLength(2)
  gone.disconnect()
})
