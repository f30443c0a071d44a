import { sleep } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { childInstance } from './testing/child-instance.ts'
import { cuttableRedis } from './testing/cuttable-redis.ts'
import { alice, freshPrefix, registryOf, spec, startedBus, testBus } from './testing/harness.ts'
import { workContracts } from './testing/instance-process.ts'
import { startOwnRedis } from './testing/own-redis.ts'
import type { Bus } from './bus.ts'

const by = { principal: alice }
/** For tests that do not concern the length of leases. */
const hasty = { leaseMs: 1000, renewMs: 200, fenceMs: 800, graceMs: 1200 }

test('(row 6) calls continue and are answered when Redis is killed and restarted empty', async () => {
  await using redis = await startOwnRedis()
  const { url } = redis
  const prefix = freshPrefix()
  await using child = await childInstance({ url, prefix, service: 'coordinator' })
  const { bus } = await startedBus({ url, prefix, contracts: workContracts })
  await using _bus = bus
  // One ends while Redis is stopped, so that its answer is lost; one ends after it is back.
  const during = bus.call('tasks.work', 500, { ...by, timeoutMs: 30_000 })
  const after = bus.call('tasks.work', 4000, { ...by, timeoutMs: 30_000 })
  await eventually(() => expect(child.starts()).toBe(2))
  await redis.kill()
  await sleep(1000)
  await expect(bus.call('tasks.work', 1, by)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await redis.start()
  expect((await during).attempts).toBe(1)
  expect((await after).attempts).toBe(1)
  expect(child.starts()).toBe(2)
})

test('calls in flight are neither lost nor started again when Redis is emptied while it runs', async () => {
  await using redis = await startOwnRedis()
  const { url } = redis
  const prefix = freshPrefix()
  await using first = await childInstance({ url, prefix, service: 'coordinator' })
  await using second = await childInstance({ url, prefix, service: 'coordinator' })
  const { bus } = await startedBus({ url, prefix, contracts: workContracts })
  await using _bus = bus
  await eventually(() => expect(bus.instances('coordinator')).toHaveLength(2))
  const calls = Array.from({ length: 10 }, () =>
    bus.call('tasks.work', 12_000, { ...by, timeoutMs: 60_000 }),
  )
  await eventually(() => expect(first.starts() + second.starts()).toBe(10))
  const operator = new Redis(url)
  // Whichever process renews its lease first after that sees only its own.
  for (let at = 0; at < 12; at++) {
    await operator.flushall()
    await sleep(700)
  }
  operator.disconnect()
  for (const call of calls) expect((await call).attempts).toBe(1)
  expect(first.starts() + second.starts()).toBe(10)
})

test('after an outage of Redis longer than the leases, all instances return under new ids, and calls in flight are answered', async () => {
  await using redis = await startOwnRedis()
  const { url } = redis
  const prefix = freshPrefix()
  const limits = hasty
  await using child = await childInstance({ url, prefix, service: 'coordinator', limits })
  const { bus } = await startedBus({ url, prefix, contracts: workContracts, limits })
  await using _bus = bus
  const former = bus.instanceId
  const call = bus.call('tasks.work', 1000, { ...by, timeoutMs: 30_000 })
  await eventually(() => expect(child.starts()).toBe(1))
  await redis.kill()
  await eventually(() => expect(bus.counters['fenced']).toBe(1))
  expect(bus.healthy).toBe(false)
  await sleep(500)
  await redis.start()
  expect((await call).attempts).toBe(1)
  await eventually(() => expect(bus.instanceId).not.toBe(former))
  await eventually(() => {
    const [info] = bus.instances('coordinator')
    expect(info?.instanceId).toBeDefined()
    expect(info?.instanceId).not.toBe(child.instanceId)
  })
  expect((await bus.call('tasks.work', 1, by)).attempts).toBe(1)
  // The output of the child uses another channel than its answers.
  await eventually(() => expect(child.starts()).toBe(2))
})

test('an instance cut off from Redis for a moment loses neither its calls nor those of others', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  await using child = await childInstance({ url, prefix, service: 'coordinator' })
  await using way = await cuttableRedis(url)
  const { bus } = await startedBus({ url: way.url, prefix, contracts: workContracts })
  await using _bus = bus
  const calls = Array.from({ length: 5 }, (_, at) =>
    bus.call('tasks.work', at * 200, { ...by, timeoutMs: 20_000 }),
  )
  await eventually(() => expect(child.starts()).toBe(5))
  for (let at = 0; at < 3; at++) {
    way.cut()
    await sleep(100)
    way.repair()
    await sleep(300)
  }
  for (const call of calls) expect((await call).attempts).toBe(1)
  expect(child.starts()).toBe(5)
})

test('(rows 5, 6) fifty cuts of Redis under load: every call ends, and none is started twice', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const echo = spec('tasks.echo', { type: 'mutation' })
  const contracts = [{ spec: echo, service: 'coordinator' as const }]
  const starts = new Map<number, number>()
  await using way = await cuttableRedis(url)
  const made = testBus({ url: way.url, prefix, contracts, service: 'coordinator' })
  made.bus.serveService(
    registryOf([
      echo,
      (n: number) => {
        starts.set(n, (starts.get(n) ?? 0) + 1)
        return n
      },
    ]),
  )
  await using provider = made.bus
  await provider.start()
  const { bus } = await startedBus({ url: way.url, prefix, contracts })
  await using _bus = bus
  const stop = new AbortController()
  let next = 0
  const outcomes = new Map<string, number>()
  const note = (what: string): void => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1)
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const n = next++
      try {
        const { envelope } = await bus.call('tasks.echo', n, { ...by, timeoutMs: 10_000 })
        note(envelope.data === n ? 'answered' : 'wrong')
      } catch (error) {
        note((error as { code: string }).code)
        await sleep(5)
      }
    }
  }
  const loops = Array.from({ length: 16 }, loop)
  const answered = (): number => outcomes.get('answered') ?? 0
  for (let at = 0; at < 50; at++) {
    // Each cut happens while calls are answered again.
    const before = answered()
    await eventually(() => expect(answered()).toBeGreaterThan(before + 3))
    way.cut()
    way.repair()
  }
  stop.abort()
  await Promise.all(loops)
  expect(outcomes.get('wrong')).toBeUndefined()
  expect(outcomes.get('TIMEOUT')).toBeUndefined()
  expect([...starts.values()].filter((times) => times > 1)).toEqual([])
})

test('a process that cannot reach Redis does not start', async () => {
  const redis = await startOwnRedis()
  await redis.kill()
  const { bus }: { bus: Bus } = testBus({ url: redis.url, prefix: freshPrefix() })
  await expect(bus.start()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await bus[Symbol.asyncDispose]()
})
