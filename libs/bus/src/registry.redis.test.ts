import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { eventStreamKey } from './events.ts'
import { alice, freshPrefix, spec, spokeOf, startedBus } from './testing/harness.ts'
import { MemorySource } from './testing/memory-source.ts'

test('a change announced by one instance is in the directory of every other', async () => {
  const options = { url: testRedis().url, prefix: freshPrefix(), source: new MemorySource() }
  const made = await Promise.all([1, 2, 3].map(() => startedBus(options)))
  const [first, ...others] = made.map(({ bus }) => bus)
  const change = options.source.put(spokeOf('one', first?.instanceId ?? '', [spec('fs.read')]))
  await first?.announceChange(change)
  expect(first?.directory.change).toBe(change)
  for (const { directory } of others) {
    await eventually(() => expect(directory.change).toBe(change))
    expect(directory.get('dev.one.fs.read', alice)?.spec.name).toBe('read')
  }
  await first?.announceChange(options.source.remove('spoke-one'))
  for (const { directory } of others) {
    await eventually(() => expect(directory.get('dev.one.fs.read', alice)).toBeUndefined())
    expect(directory.get('fs.read', alice)).toBeUndefined()
  }
  for (const { bus } of made) await bus[Symbol.asyncDispose]()
})

test('a gap in the list of changes reloads the whole registry, and removed spokes disappear', async () => {
  const source = new MemorySource()
  source.put(spokeOf('old', 'nowhere', [spec('fs.read')]))
  const { bus } = await startedBus({ url: testRedis().url, prefix: freshPrefix(), source })
  await using _bus = bus
  expect(bus.directory.get('dev.old.fs.read', alice)).toBeDefined()
  source.remove('spoke-old')
  const change = source.put(spokeOf('new', 'nowhere', [spec('fs.read')]))
  source.keptFrom = change
  await bus.announceChange(change)
  expect(bus.counters['registryGaps']).toBe(1)
  expect(bus.directory.get('dev.old.fs.read', alice)).toBeUndefined()
  expect(bus.directory.get('dev.new.fs.read', alice)).toBeDefined()
})

test('a change that was not announced is found by the regular read', async () => {
  const source = new MemorySource()
  const limits = { registryReloadMs: 50 }
  const { bus } = await startedBus({ url: testRedis().url, prefix: freshPrefix(), source, limits })
  await using _bus = bus
  source.put(spokeOf('quiet', 'nowhere', [spec('fs.read')]))
  await eventually(() => expect(bus.directory.get('fs.read', alice)).toBeDefined())
})

test('when the registry cannot be read, the known operations stay and health reports the failure', async () => {
  const source = new MemorySource()
  source.put(spokeOf('one', 'nowhere', [spec('fs.read')]))
  const limits = { registryReloadMs: 30 }
  const { bus } = await startedBus({ url: testRedis().url, prefix: freshPrefix(), source, limits })
  await using _bus = bus
  expect(bus.healthy).toBe(true)
  source.failure = new Error('no database')
  await eventually(() => expect(bus.healthy).toBe(false))
  expect(bus.directory.get('fs.read', alice)).toBeDefined()
  source.failure = undefined
  await eventually(() => expect(bus.healthy).toBe(true))
})

test('a process whose registry cannot be read does not start', async () => {
  const source = new MemorySource()
  source.failure = new Error('no database')
  const { testBus } = await import('./testing/harness.ts')
  const { bus } = testBus({ url: testRedis().url, prefix: freshPrefix(), source })
  await expect(bus.start()).rejects.toThrow('no database')
  await bus[Symbol.asyncDispose]()
})

test('hub events go to a capped stream in order', async () => {
  const prefix = freshPrefix()
  const { url } = testRedis()
  const { bus } = await startedBus({ url, prefix, limits: { maxEvents: 100 } })
  await using _bus = bus
  for (let n = 1; n <= 500; n++) bus.emit('spoke.attached', `spoke-${n}`, { n })
  bus.emit('spoke.attached', 'huge', 'x'.repeat(100_000))
  await eventually(() => expect(bus.counters['eventsEmitted']).toBe(500))
  expect(bus.counters['eventsDropped']).toBe(1)
  const redis = new Redis(url)
  const [last] = await redis.xrevrange(eventStreamKey(prefix), '+', '-', 'COUNT', 1)
  expect(last?.[1]).toEqual(['type', 'spoke.attached', 'id', 'spoke-500', 'payload', '{"n":500}'])
  expect(await redis.xlen(eventStreamKey(prefix))).toBeLessThan(400)
  redis.disconnect()
})

test('instances of a service are those with a lease that are not draining', async () => {
  const options = { url: testRedis().url, prefix: freshPrefix() }
  const gateway = await startedBus(options)
  const broker = await startedBus({ ...options, service: 'spoke-broker', instanceUrl: 'http://b' })
  await eventually(() =>
    expect(gateway.bus.instances('spoke-broker')).toMatchObject([
      { instanceId: broker.bus.instanceId, url: 'http://b', draining: false, load: 0 },
    ]),
  )
  await broker.bus.drain(AbortSignal.abort())
  await eventually(() => expect(gateway.bus.instances('spoke-broker')).toEqual([]))
  await broker.bus[Symbol.asyncDispose]()
  await gateway.bus[Symbol.asyncDispose]()
})
