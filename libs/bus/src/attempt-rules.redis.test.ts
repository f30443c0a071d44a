import { deferred, uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import type { Bus } from './bus.ts'
import { cuttableRedis } from './testing/cuttable-redis.ts'
import { eventually } from './testing/eventually.ts'
import {
  alice,
  contractsOf,
  freshPrefix,
  registryOf,
  spec,
  startedBus,
  testBus,
} from './testing/harness.ts'
import type { Served } from './testing/harness.ts'
import { startOwnRedis } from './testing/own-redis.ts'
import { rawPeer } from './testing/raw-peer.ts'

const echo = spec('tasks.echo')
const contracts = contractsOf('coordinator', echo)
const hasty = { leaseMs: 1000, renewMs: 200, fenceMs: 800, graceMs: 1200 }

/** A started coordinator whose `tasks.echo` is the given handler. */
async function coordinator(
  url: string,
  prefix: string,
  handler: Served[1],
  limits = {},
): Promise<Bus> {
  const { bus } = testBus({ url, prefix, service: 'coordinator', contracts, limits })
  bus.serveService(registryOf([echo, handler]))
  await bus.start()
  return bus
}

test('the answer of an attempt that was replaced is counted as late and does not end the call', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const answer = deferred<string>()
  await using peer = await rawPeer(url, prefix)
  await peer.renew('coordinator', 60_000)
  const { bus } = await startedBus({ url, prefix, contracts })
  await using _bus = bus
  const callId = uuidv7()
  const call = bus.call('tasks.echo', {}, { principal: alice, callId })
  await eventually(() => expect(peer.frames).toMatchObject([{ type: 'request', attempt: 1 }]))
  await using second = await coordinator(url, prefix, () => answer.promise)
  await eventually(() => expect(bus.instances('coordinator')).toHaveLength(2))
  const head = { callId, attempt: 1, from: peer.instanceId }
  await peer.send(bus.instanceId, {
    ...head,
    type: 'refuse',
    error: { code: 'OVERLOADED', message: 'This instance is full.' },
  })
  await eventually(() => expect(second.gauges.running).toBe(1))
  const meta = {
    requestId: callId,
    callId,
    operationId: 'tasks.echo',
    timestamp: 0,
    source: 'local' as const,
  }
  await peer.send(bus.instanceId, {
    ...head,
    type: 'respond',
    output: { data: 'of the first attempt', meta },
    queueMs: 0,
    executeMs: 0,
  })
  await eventually(() => expect(bus.counters['lateAnswers']).toBe(1))
  answer.resolve('of the second attempt')
  expect(await call).toMatchObject({ attempts: 2, envelope: { data: 'of the second attempt' } })
})

test('a provider ends a call whose time is over although its living caller sends no abort', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const ended = deferred<unknown>()
  await using bus = await coordinator(url, prefix, (_input, { signal }) => {
    signal?.addEventListener('abort', () => ended.resolve(signal.reason))
    return ended.promise
  })
  await using peer = await rawPeer(url, prefix)
  await peer.renew('gateway', 600_000)
  await peer.send(bus.instanceId, peer.request({ remainingMs: 50 }))
  expect(await ended.promise).toMatchObject({ code: 'TIMEOUT' })
})

test('a draining instance refuses a request for its service and starts nothing', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const starts: unknown[] = []
  await using bus = await coordinator(url, prefix, (input) => starts.push(input))
  await using peer = await rawPeer(url, prefix)
  await bus.drain(AbortSignal.abort())
  const request = peer.request({})
  await peer.send(bus.instanceId, request)
  const { callId } = request.header
  await eventually(() => expect(peer.frames).toHaveLength(1))
  expect(peer.frames).toMatchObject([
    { type: 'refuse', callId, error: { code: 'PROVIDER_UNAVAILABLE' } },
  ])
  expect(starts).toEqual([])
})

test('an instance that cannot renew its lease refuses requests although they reach it', async () => {
  await using redis = await startOwnRedis()
  const prefix = freshPrefix()
  const starts: unknown[] = []
  const bus = await coordinator(redis.url, prefix, (input) => starts.push(input), hasty)
  await using _bus = bus
  await using peer = await rawPeer(redis.url, prefix)
  const operator = new Redis(redis.url)
  await operator.config('SET', 'maxmemory', '1')
  await eventually(() => expect(bus.counters['fenced']).toBe(1))
  const request = peer.request({})
  await peer.send(bus.instanceId, request)
  operator.disconnect()
  const { callId } = request.header
  await eventually(() => expect(peer.frames).toHaveLength(1))
  expect(peer.frames).toMatchObject([
    { type: 'refuse', callId, error: { code: 'PROVIDER_UNAVAILABLE' } },
  ])
  expect(starts).toEqual([])
})

test('a request to a former id of an instance is refused and not started', async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const starts: unknown[] = []
  await using way = await cuttableRedis(url)
  await using bus = await coordinator(way.url, prefix, (input) => starts.push(input), hasty)
  await using peer = await rawPeer(url, prefix)
  const former = bus.instanceId
  way.cut()
  await eventually(() => expect(bus.counters['fenced']).toBe(1))
  way.repair()
  await eventually(() => expect(bus.healthy).toBe(true))
  expect(bus.instanceId).not.toBe(former)
  const request = peer.request({})
  await peer.send(former, request)
  const { callId } = request.header
  await eventually(() => expect(peer.frames).toHaveLength(1))
  expect(peer.frames).toMatchObject([
    { type: 'refuse', callId, error: { code: 'PROVIDER_UNAVAILABLE' } },
  ])
  expect(starts).toEqual([])
})
