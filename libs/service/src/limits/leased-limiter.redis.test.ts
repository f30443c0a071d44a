import type { Authenticated } from '@alkdev/contracts'
import { must } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { LeasedLimiter } from './leased-limiter.ts'
import { limiters } from '../testing/limit-fixtures.ts'

let redis: Redis
beforeAll(() => {
  redis = new Redis(testRedis().url)
})
afterAll(() => redis.disconnect())

const alice: Authenticated = { identity: { id: 'alice', keyId: 'k1', scopes: [], orgIds: [] } }

test('all replicas together admit exactly the limit, however many requests are concurrent', async () => {
  const { create } = limiters(redis, { minute: { key: 100 }, day: { account: 90 } })
  const replicas = [create(), create(), create()].map((limiter) => new LeasedLimiter(limiter))
  let admitted = 0
  // Repeated, because requests that one replica gives back must become available to the others.
  await vi.waitFor(
    async () => {
      const ends = await Promise.all(
        Array.from({ length: 60 }, async (_, at) => must(replicas[at % 3]).admit(alice)),
      )
      admitted += ends.filter((refusal) => refusal === undefined).length
      expect(admitted).toBe(90)
    },
    { timeout: 20_000, interval: 50 },
  )
  const refusal = await must(replicas[0]).admit(alice)
  expect(refusal).toMatchObject({
    code: 'RATE_LIMITED',
    details: { of: 'account', window: 'day', limit: 90 },
  })
  await Promise.all(replicas.map((one) => one.stop()))
})

test('a steady caller rarely waits for Redis', async () => {
  let trips = 0
  const counting = {
    evalsha: (...args: Parameters<Redis['evalsha']>) => ((trips += 1), redis.evalsha(...args)),
    eval: redis.eval.bind(redis),
  } as unknown as Redis
  const { limiter } = limiters(redis, { day: { key: 1_000_000 } }, { redis: counting })
  const leased = new LeasedLimiter(limiter)
  let waited = 0
  for (let at = 0; at < 1000; at += 1) {
    const admission = leased.admit(alice)
    if (admission instanceof Promise) waited += 1
    expect(await admission).toBeUndefined()
    if (at % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(waited).toBeLessThan(100)
  expect(trips).toBeLessThan(200)
  await leased.stop()
})

test('unused requests of a lease are given back and not counted', async () => {
  const { limiter, create } = limiters(redis, { day: { key: 1000 }, minute: { key: 1000 } })
  const leased = new LeasedLimiter(limiter)
  for (let at = 0; at < 20; at += 1) await leased.admit(alice)
  await leased.stop()
  const { tightest } = must(await create().take(alice))
  expect([tightest.day?.remaining, tightest.minute?.remaining]).toEqual([979, 979])
})

test('the rest of a lease is neither used on another day nor given back to it', async () => {
  const { limiter, create, clock } = limiters(redis, { day: { key: 40 } })
  clock.nowMs = 86_400_000 * 5 - 30
  const leased = new LeasedLimiter(limiter)
  for (let at = 0; at < 8; at += 1) await leased.admit(alice)
  clock.nowMs += 60
  const other = create()
  for (let at = 0; at < 30; at += 1) await other.take(alice)
  await leased.stop()
  expect(must(await other.take(alice)).tightest.day?.remaining).toBe(9)
})

test('a refusal gives the remaining time, without a round trip for each call', async () => {
  const refusals: string[] = []
  const onRefused = ({ of }: { of: string }): void => void refusals.push(of)
  const { limiter } = limiters(redis, { minute: { key: 2 } }, { onRefused })
  const leased = new LeasedLimiter(limiter)
  expect([await leased.admit(alice), await leased.admit(alice)]).toEqual([undefined, undefined])
  const refusal = await leased.admit(alice)
  expect(refusal?.retryAfterMs).toBeGreaterThan(29_000)
  expect(refusal?.retryAfterMs).toBeLessThanOrEqual(30_000)
  const next = leased.admit(alice)
  expect(next).not.toBeInstanceOf(Promise)
  expect(next).toMatchObject({ code: 'RATE_LIMITED', details: { window: 'minute' } })
  expect(refusals).toEqual(['key', 'key'])
  await leased.stop()
})

test('without a limit Redis is not queried and no state is kept; without Redis calls are admitted', async () => {
  const { limiter, prefix } = limiters(redis, {})
  expect(new LeasedLimiter(limiter).admit(alice)).toBeUndefined()
  expect(await redis.keys(`${prefix}*`)).toEqual([])
  const gone = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false })
  const away = new LeasedLimiter(limiters(redis, { minute: { key: 1 } }, { redis: gone }).limiter)
  expect(await away.admit(alice)).toBeUndefined()
  // Then no round trip is attempted for some time.
  expect(away.admit(alice)).toBeUndefined()
  await away.stop()
  gone.disconnect()
})
