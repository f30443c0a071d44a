import { sleep } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { childInstance } from './testing/child-instance.ts'
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
import { rawPeer } from './testing/raw-peer.ts'

const by = { principal: alice }

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
  test(`an instance ${how} with a call in flight: the caller gets PROVIDER_LOST with an unknown outcome, long before the call times out`, async () => {
    const { url } = testRedis()
    const prefix = freshPrefix()
    await using child = await childInstance({ url, prefix, service: 'coordinator' })
    const { bus } = await startedBus({ url, prefix, contracts: workContracts })
    await using _bus = bus
    const call = ended(bus.call('tasks.work', 60_000, { ...by, timeoutMs: 60_000 }))
    await eventually(() => expect(child.starts()).toBe(1))
    child.kill(signal)
    // Within its deadline of 60 s; a call whose deadline ends fails with TIMEOUT.
    expect((await call).error).toMatchObject({
      code: 'PROVIDER_LOST',
      details: { outcome: 'unknown' },
    })
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

test('(row 10) a frozen instance that resumes aborts the calls that were rerouted and returns under a new id', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  await using child = await childInstance({ url, prefix, service: 'coordinator' })
  const { bus } = await startedBus({ url, prefix, contracts: workContracts })
  await using _bus = bus
  const call = ended(bus.call('tasks.work', 30_000, { ...by, timeoutMs: 60_000 }))
  await eventually(() => expect(child.starts()).toBe(1))
  child.kill('SIGSTOP')
  expect((await call).error).toMatchObject({ code: 'PROVIDER_LOST' })
  // Sent while it is frozen, to an id without a lease: it must not be started after it resumes.
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

test('when a caller is killed, its calls are aborted and the provider writes their records', async () => {
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
      header: { operationId: 'tasks.work', input: 1 },
      status: 'aborted',
      code: 'PROVIDER_LOST',
      orphaned: true,
    },
  ])
})

test('a caller that was frozen receives the end of its call, and the call is not made again', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  let starts = 0
  const aborted: unknown[] = []
  const made = testBus({ url, prefix, service: 'coordinator', contracts: workContracts })
  made.bus.serveService(
    registryOf(
      [WORK_SAFE, () => 1],
      [
        WORK,
        (_ms, { signal }) => {
          starts++
          return new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => {
              aborted.push(signal.reason)
              reject(signal.reason as Error)
            })
          })
        },
      ],
    ),
  )
  await using bus = made.bus
  await bus.start()
  await using child = await childInstance({ url, prefix, service: 'gateway' })
  await child.tell({ do: 'call', operationId: 'tasks.work', input: 1 })
  await eventually(() => expect(starts).toBe(1))
  child.kill('SIGSTOP')
  await eventually(() => expect(aborted).toMatchObject([{ code: 'PROVIDER_LOST' }]))
  child.kill('SIGCONT')
  await eventually(() =>
    expect(child.news).toContainEqual({ news: 'ended', code: 'PROVIDER_LOST' }),
  )
  expect(starts).toBe(1)
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
  await eventually(() => expect(second.starts()).toBe(1))
})

test('a draining instance gets no new calls, and finishes those in flight', async () => {
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
  // Some are still sent there, refused, and then rerouted to the other.
  for (let at = 0; at < 30; at++) {
    expect((await bus.call('tasks.work', 1, by)).envelope.data).toBe(second.instanceId)
    await sleep(20)
  }
  expect((await running).envelope.data).toBe(first.instanceId)
  await drained
  expect(first.starts()).toBe(1)
})

test('an instance that stops ends its running calls with PROVIDER_LOST, and its pending ones', async () => {
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

test('a call to an instance with a lease but without a subscriber is rerouted at once', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const deaf = await rawPeer(url, prefix)
  await deaf.renew('coordinator', 60_000)
  await deaf[Symbol.asyncDispose]()
  const alone = await startedBus({ url, prefix, contracts: workContracts })
  await using bus = alone.bus
  await expect(bus.call('tasks.work', 1, by)).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
  })
  const made = testBus({ url, prefix, service: 'coordinator', contracts: workContracts })
  made.bus.serveService(registryOf([WORK_SAFE, () => 1], [WORK, () => 'here']))
  await using provider = made.bus
  await provider.start()
  await eventually(() => expect(bus.instances('coordinator')).toHaveLength(2))
  for (let at = 0; at < 6; at++) {
    expect((await bus.call('tasks.work', 1, by)).envelope.data).toBe('here')
  }
  expect(bus.counters['attemptsReRouted']).toBeGreaterThan(0)
})
