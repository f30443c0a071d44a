import { randomUUID } from 'node:crypto'
import { createRedisConnection, openConnection } from '@alkdev/redis'
import type { RedisConnection } from '@alkdev/redis'
import type { CountedLimit } from '@alkdev/storage/inference'
import { testRedis } from '@alkdev/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { CallLimits } from './call-limits.ts'
import type { TakenLimits } from './call-limits.ts'
import type { LimitRedis } from './limit-script.ts'

let redis: RedisConnection
beforeAll(async () => {
  redis = createRedisConnection('commands', { url: testRedis().url }, { name: 'test' })
  await openConnection(redis, 5000)
})
afterAll(() => redis.disconnect())

/** What Redis refused during a test. What a process gives back after the last one meets a closed connection. */
const errors: unknown[] = []
afterEach(() => {
  if (errors.length > 0) throw new AggregateError(errors.splice(0), 'Redis refused a command.')
})

const limitOf = (unit: CountedLimit['unit'], limitAmount: number): CountedLimit => ({
  id: randomUUID(),
  subjectType: 'key',
  subjectId: 'k',
  model: '',
  unit,
  limitAmount,
  maxOutputTokens: null,
})

/** The limits as one process counts them, and how often it has asked Redis. */
function replica(): { limits: CallLimits; asked: () => number } {
  let asked = 0
  const counting = Object.create(redis) as LimitRedis
  counting.evalsha = ((...values: Parameters<LimitRedis['evalsha']>) => {
    asked += 1
    return redis.evalsha(...values)
  }) as LimitRedis['evalsha']
  const limits = new CallLimits({
    redis: counting,
    prefix: 'call-limits',
    failClosed: true,
    leaseMs: 10_000,
    onError: (error) => errors.push(error),
  })
  return { limits, asked: () => asked }
}

/** What the seconds of the limit hold. */
async function counted({ unit, id }: CountedLimit): Promise<number> {
  const seconds = await redis.hvals(`call-limits:inference:${unit}:${id}`)
  return seconds.reduce((sum, count) => sum + Number(count), 0)
}

const take = (
  limits: CallLimits,
  limit: CountedLimit,
  tokens = 1,
): Promise<TakenLimits | undefined> =>
  limits.take([limit], randomUUID(), tokens).catch((error: { code: string }) => {
    if (error.code === 'RATE_LIMITED') return undefined
    throw error
  })

test('far from its limit a caller rarely waits for Redis', async () => {
  const limit = limitOf('tokens', 10_000_000)
  const { limits, asked } = replica()
  for (let at = 0; at < 1000; at += 1) expect(await take(limits, limit, 100)).toBeDefined()
  expect(asked()).toBeLessThan(100)
})

test('calls that come at once far from their limit ask for their slices once for all', async () => {
  const limit = limitOf('tokens', 10_000_000)
  const { limits, asked } = replica()
  const takes = Array.from({ length: 100 }, () => take(limits, limit, 100))
  for (const taken of await Promise.all(takes)) expect(taken).toBeDefined()
  expect(asked()).toBeLessThan(10)
})

test('three processes together admit exactly what a limit has room for, whatever they hold in slices', async () => {
  const limit = limitOf('requests', 3000)
  const replicas = [replica(), replica(), replica()]
  let admitted = 0
  /** Whether all of 90 more calls were admitted. */
  const some = async (): Promise<boolean> => {
    const takes = Array.from({ length: 90 }, async (_, at) => {
      const { limits } = replicas[at % 3] as (typeof replicas)[number]
      const isAdmitted = (await take(limits, limit)) !== undefined
      if (isAdmitted) admitted += 1
      return isAdmitted
    })
    return (await Promise.all(takes)).every(Boolean)
  }
  while (await some()); // oxlint-disable-line no-await-in-loop -- until the limit refuses
  expect(admitted).toBeLessThanOrEqual(3000)
  // What one process holds for calls to come is free again a second later.
  await expect
    .poll(async () => {
      await some()
      return admitted
    })
    .toBe(3000)
  expect(replicas.reduce((sum, { asked }) => sum + asked(), 0)).toBeLessThan(3000)
})

test('what a slice and the calls from it have not used is given back', async () => {
  const limit = limitOf('tokens', 1_000_000)
  const { limits } = replica()
  for (let at = 0; at < 50; at += 1) {
    const taken = await take(limits, limit, 100) // oxlint-disable-line no-await-in-loop -- one after the other
    await taken?.settle(7) // oxlint-disable-line no-await-in-loop
  }
  await expect.poll(() => counted(limit)).toBe(350)
})

test('a slice counts in the second after the one in which it was taken, because it is used for a second', async () => {
  const limit = limitOf('requests', 1_000_000)
  const { limits } = replica()
  await take(limits, limit)
  const seconds = await redis.hgetall(`call-limits:inference:requests:${limit.id}`)
  const [own = '', slice = ''] = Object.keys(seconds).toSorted()
  expect(Number(slice) - Number(own)).toBe(1)
  expect(seconds).toEqual({ [own]: '1', [slice]: '8' })
})

test('a limit with little room gives no slice', async () => {
  const limit = limitOf('requests', 100)
  const { limits } = replica()
  await take(limits, limit)
  expect(await counted(limit)).toBe(1)
})

test('calls that take a place in flight hold nothing for others', async () => {
  const [minute, places] = [limitOf('requests', 1_000_000), limitOf('concurrency', 5)]
  const { limits } = replica()
  await limits.take([minute, places], randomUUID(), 1)
  expect(await counted(minute)).toBe(1)
})
