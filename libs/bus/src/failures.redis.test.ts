import { sleep } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { childInstance } from './testing/child-instance.ts'
import { cuttableRedis } from './testing/cuttable-redis.ts'
import {
  alice,
  freshPrefix,
  registryOf,
  spec,
  spokeOf,
  startedBus,
  testBus,
} from './testing/harness.ts'
import { WORK, WORK_SAFE, workContracts } from './testing/instance-process.ts'
import { MemorySource } from './testing/memory-source.ts'
import { startOwnRedis } from './testing/own-redis.ts'
import type { Bus } from './types.ts'

const by = { principal: alice }
/** For what is not about the length of leases. */
const hasty = { leaseMs: 1000, renewMs: 200, fenceMs: 800, graceMs: 1200 }

async function ended(
  call: Promise<unknown>,
): Promise<{ readonly error?: unknown; readonly afterMs: number }> {
  const from = performance.now()
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { error, afterMs: performance.now() - from }
}

for (const [signal, how] of [
  ['SIGKILL', 'killed'],
  ['SIGSTOP', 'frozen'],
] as const) {
  test(`an instance ${how} with a call in flight: the caller is told that the outcome is unknown, long before the call's time is over`, async () => {
    const { url } = testRedis()
    const prefix = freshPrefix()
    await using child = await childInstance({ url, prefix, service: 'coordinator' })
    const { bus } = await startedBus({ url, prefix, contracts: workContracts })
    await using _bus = bus
    const call = ended(bus.call('tasks.work', 60_000, { ...by, timeoutMs: 60_000 }))
    await eventually(() => expect(child.starts()).toBe(1))
    child.kill(signal)
    const { error, afterMs } = await call
    expect(error).toMatchObject({ code: 'PROVIDER_LOST', details: { outcome: 'unknown' } })
    expect(afterMs).toBeLessThan(7000)
    await expect(bus.call('tasks.work', 1, by)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    })
  })

  test(`an instance ${how}: a safe call goes to another instance as a second attempt`, async () => {
    const { url } = testRedis()
    const prefix = freshPrefix()
    await using first = await childInstance({ url, prefix, service: 'coordinator' })
    const { bus, records } = await startedBus({ url, prefix, contracts: workContracts })
    await using _bus = bus
    const call = bus.call('tasks.look', 60_000, { ...by, timeoutMs: 60_000 })
    await eventually(() => expect(first.starts()).toBe(1))
    await using second = await childInstance({ url, prefix, service: 'coordinator', quick: true })
    await eventually(() => expect(bus.instances('coordinator')).toHaveLength(2))
    first.kill(signal)
    const { envelope, attempts } = await call
    expect(envelope.data).toBe(second.instanceId)
    expect(attempts).toBe(2)
    expect(records).toMatchObject([
      { status: 'completed', attempts: 2, route: expect.stringContaining('PROVIDER_LOST') },
    ])
  })
}

test('a frozen instance that wakes up aborts what was taken from it and comes back under a new id', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  await using child = await childInstance({ url, prefix, service: 'coordinator' })
  const { bus } = await startedBus({ url, prefix, contracts: workContracts })
  await using _bus = bus
  const call = ended(bus.call('tasks.work', 30_000, { ...by, timeoutMs: 60_000 }))
  await eventually(() => expect(child.starts()).toBe(1))
  child.kill('SIGSTOP')
  expect((await call).error).toMatchObject({ code: 'PROVIDER_LOST' })
  // Sent while it sleeps, to an id that nobody takes for alive: it must not be started when it wakes up.
  child.kill('SIGCONT')
  await eventually(() => {
    const [info] = bus.instances('coordinator')
    expect(info?.instanceId).toBeDefined()
    expect(info?.instanceId).not.toBe(child.instanceId)
  })
  await eventually(() =>
    expect(child.news).toContainEqual(
      expect.objectContaining({ news: 'aborted', code: 'PROVIDER_LOST' }),
    ),
  )
  const again = await bus.call('tasks.work', 1, by)
  expect(again.envelope.data).not.toBe(child.instanceId)
})

test('a caller that is killed: its calls are aborted, and the provider writes their rows', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const aborted: unknown[] = []
  const made = testBus({ url, prefix, service: 'coordinator', contracts: workContracts })
  made.bus.serveService(
    registryOf(
      [WORK_SAFE, () => 1],
      [
        WORK,
        (_ms, { signal }) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => {
              aborted.push(signal.reason)
              reject(signal.reason as Error)
            })
          }),
      ],
    ),
  )
  await using bus = made.bus
  await bus.start()
  await using child = await childInstance({ url, prefix, service: 'gateway' })
  await child.tell({ do: 'call', operationId: 'tasks.work', input: 1 })
  await eventually(() => expect(bus.counters['provided']).toBe(1))
  child.kill('SIGKILL')
  await eventually(() => expect(aborted).toMatchObject([{ code: 'PROVIDER_LOST' }]))
  expect(made.records).toMatchObject([
    {
      operationId: 'tasks.work',
      status: 'aborted',
      code: 'PROVIDER_LOST',
      orphaned: true,
      input: 1,
    },
  ])
})

test('Redis killed and started again, empty, in the middle of calls: they go on and are answered', async () => {
  await using redis = await startOwnRedis()
  const { url } = redis
  const prefix = freshPrefix()
  await using child = await childInstance({ url, prefix, service: 'coordinator' })
  const { bus } = await startedBus({ url, prefix, contracts: workContracts })
  await using _bus = bus
  // One ends while Redis is away, so that its answer is lost; one ends after it is back.
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

test('a Redis that is away for longer than the leases: all come back under new ids, and calls in flight are answered', async () => {
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
  expect(child.starts()).toBe(2)
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
    way.mend()
    await sleep(300)
  }
  for (const call of calls) expect((await call).attempts).toBe(1)
  expect(child.starts()).toBe(5)
})

test('fifty cuts of Redis under load: every call ends, and none is started twice', async () => {
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
  for (let at = 0; at < 50; at++) {
    await sleep(100)
    way.cut()
    way.mend()
  }
  stop.abort()
  await Promise.all(loops)
  expect(outcomes.get('wrong')).toBeUndefined()
  expect(outcomes.get('TIMEOUT')).toBeUndefined()
  expect(outcomes.get('answered')).toBeGreaterThan(100)
  expect([...starts.values()].filter((times) => times > 1)).toEqual([])
})

test('a broker frozen with a spoke: the safe call moves to another spoke of the pool', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const source = new MemorySource()
  const operations = [spec('fs.read')]
  await using first = await childInstance({ url, prefix, service: 'spoke-broker' })
  const one = spokeOf('one', first.instanceId, operations)
  await first.tell({ do: 'put', spoke: one })
  source.put(one)
  const { bus } = await startedBus({ url, prefix, source })
  await using _bus = bus
  const call = bus.call('fs.read', 60_000, { ...by, timeoutMs: 60_000 })
  await eventually(() => expect(first.starts()).toBe(1))
  await using second = await childInstance({ url, prefix, service: 'spoke-broker', quick: true })
  const two = spokeOf('two', second.instanceId, operations)
  await second.tell({ do: 'put', spoke: two })
  await bus.announceChange(source.put(two))
  first.kill('SIGSTOP')
  const { attempts } = await call
  expect(attempts).toBe(2)
  expect(second.starts()).toBe(1)
})

test('a draining instance gets no new calls, and finishes those it has', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  await using first = await childInstance({ url, prefix, service: 'coordinator' })
  const { bus } = await startedBus({ url, prefix, contracts: workContracts })
  await using _bus = bus
  const running = bus.call('tasks.work', 1500, by)
  await eventually(() => expect(first.starts()).toBe(1))
  await using second = await childInstance({ url, prefix, service: 'coordinator', quick: true })
  await eventually(() => expect(bus.instances('coordinator')).toHaveLength(2))
  const drained = first.tell({ do: 'drain' })
  // Some are still sent there, refused, and taken by the other.
  for (let at = 0; at < 30; at++) {
    expect((await bus.call('tasks.work', 1, by)).envelope.data).toBe(second.instanceId)
    await sleep(20)
  }
  expect((await running).envelope.data).toBe(first.instanceId)
  await drained
  expect(first.starts()).toBe(1)
})

test('an instance that stops ends what it still runs with PROVIDER_LOST, and what it waits for', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const ends: unknown[] = []
  const made = testBus({ url, prefix, service: 'coordinator', contracts: workContracts })
  made.bus.serveService(
    registryOf([WORK_SAFE, () => 1], [WORK, () => new Promise(() => undefined)]),
  )
  await made.bus.start()
  const { bus } = await startedBus({ url, prefix, contracts: workContracts })
  await using _bus = bus
  const call = bus.call('tasks.work', 1, by).catch((error: unknown) => ends.push(error))
  await eventually(() => expect(made.bus.counters['provided']).toBe(1))
  await made.bus.drain(AbortSignal.timeout(50))
  await made.bus[Symbol.asyncDispose]()
  await call
  expect(ends).toMatchObject([
    { code: 'PROVIDER_LOST', details: { outcome: 'unknown', reason: 'draining' } },
  ])
})

test('a process that finds no Redis does not start', async () => {
  const redis = await startOwnRedis()
  await redis.kill()
  const { bus }: { bus: Bus } = testBus({ url: redis.url, prefix: freshPrefix() })
  await expect(bus.start()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await bus[Symbol.asyncDispose]()
})
