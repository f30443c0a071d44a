import { createRedisConnection, openConnection } from '@alkdev/redis'
import { testRedis } from '@alkdev/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { countRequests } from './limit-script.ts'

const DAY_MS = 86_400_000

afterEach(() => vi.useRealTimers())

test.each([
  ['20 days ahead', 20 * DAY_MS],
  ['20 days behind', -20 * DAY_MS],
])('the month is that of Redis when the clock of this process is %s', async (_, skewMs) => {
  const { url, prefix } = testRedis()
  const redis = createRedisConnection('commands', { url }, { name: 'test' })
  await openConnection(redis, 10_000)
  const now = new Date()
  const ends = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)
  vi.useFakeTimers({ toFake: ['Date'], now: now.getTime() + skewMs })
  const bucket = { of: 'key', id: 'k', window: 'month', limit: 5 } as const
  const { states } = await countRequests(redis, {
    buckets: [{ ...bucket, redisKey: `${prefix}month` }],
    wanted: 1,
    share: 1,
    windowMs: 60_000,
    nowMs: undefined,
  })
  expect(states[0]?.remaining).toBe(4)
  const left = ends - now.getTime()
  expect(states[0]?.resetMs).toBeGreaterThan(left - 60_000)
  expect(states[0]?.resetMs).toBeLessThanOrEqual(left + 60_000)
  redis.disconnect()
})
