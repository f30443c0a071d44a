import { createMessageSealer } from '@alkdev/crypto'
import { createRedisConnection } from '@alkdev/redis'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createCounters } from '../counters.ts'
import { DEFAULT_BUS_LIMITS, SILENT_LOGGER } from '../options.ts'
import { cuttableRedis } from '../testing/cuttable-redis.ts'
import { eventually } from '../testing/eventually.ts'
import { BUS_KEY, freshPrefix, startedBus } from '../testing/harness.ts'
import { RedisTransport } from '../transport/redis-transport.ts'
import { createCodec } from '../wire/codec.ts'
import { GENERATION, LeaseTable, leasesKey } from './lease-table.ts'
import { Leases } from './leases.ts'

/** The ids that have a lease, as another process reads them. */
async function leaseIds(prefix: string): Promise<string[]> {
  const redis = new Redis(testRedis().url)
  try {
    return (await redis.hkeys(leasesKey(prefix))).filter((field) => field !== GENERATION)
  } finally {
    redis.disconnect()
  }
}

test('a process that stops removes the leases of its former ids', async () => {
  const prefix = freshPrefix()
  await using way = await cuttableRedis(testRedis().url)
  // The lease of the former id would be valid for a minute more.
  const limits = { leaseMs: 60_000, renewMs: 100, fenceMs: 400 }
  const { bus } = await startedBus({ url: way.url, prefix, limits })
  const former = bus.instanceId
  way.cut()
  await eventually(() => expect(bus.healthy).toBe(false))
  await eventually(() => expect(bus.counters['fenced']).toBe(1))
  way.repair()
  await eventually(() => {
    expect(bus.healthy).toBe(true)
    expect(bus.instanceId).not.toBe(former)
  })
  expect(await leaseIds(prefix)).toEqual(expect.arrayContaining([former, bus.instanceId]))
  await bus[Symbol.asyncDispose]()
  expect(await leaseIds(prefix)).toEqual([])
})

test('a renewal that completes after the lease was removed does not write it again', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const counters = createCounters()
  const codec = createCodec([BUS_KEY], counters)
  const publisher = createRedisConnection('commands', { url }, { name: 'leases' })
  const transport = new RedisTransport({
    publisher,
    subscriber: createRedisConnection('commands', { url }, { name: 'leases-subscriptions' }),
    prefix,
    codec,
    sealer: createMessageSealer([BUS_KEY]),
    isSecret: () => false,
    counters,
    logger: SILENT_LOGGER,
    maxMessageBytes: DEFAULT_BUS_LIMITS.maxMessageBytes,
  })
  const leases = new Leases({
    table: new LeaseTable(publisher, prefix, codec),
    transport,
    limits: DEFAULT_BUS_LIMITS,
    counters,
    logger: SILENT_LOGGER,
    service: 'gateway',
    url: 'http://127.0.0.1:1',
    keyVersions: undefined,
    load: () => 0,
    ping: () => undefined,
    onSeen: () => undefined,
    onRejoined: () => undefined,
    onStuck: () => undefined,
  })
  await transport.start({ onFrame: () => undefined, onReady: () => undefined })
  try {
    await leases.start()
    expect(await leaseIds(prefix)).toEqual([leases.instanceId])
    await leases.stop()
    expect(await leaseIds(prefix)).toEqual([])
    // Every renewal, also that of a drain, is intercepted the same way.
    await leases.drain()
    expect(await leaseIds(prefix)).toEqual([])
  } finally {
    await transport.stop()
  }
})
