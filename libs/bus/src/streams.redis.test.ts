import { deferred, sleep } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { alice, contractsOf, freshPrefix, pair, spec, startedBus } from './testing/harness.ts'
import type { Pair, Served } from './testing/harness.ts'
import { rawPeer } from './testing/raw-peer.ts'
import type { BusSubscription } from './call.ts'
import type { RequestFrame } from './wire/frames.ts'

const count = spec('tasks.count', { type: 'subscription' })
const by = { principal: alice }

function counting(produced: number[], ended = deferred<void>()): Served {
  return [
    count,
    async function* (to: number) {
      try {
        for (let n = 1; n <= to; n++) {
          produced.push(n)
          yield n
        }
      } finally {
        ended.resolve()
      }
    },
  ]
}

async function read(stream: BusSubscription): Promise<unknown[]> {
  const items: unknown[] = []
  for await (const { seq, envelope } of stream) items.push([seq, envelope.data])
  return items
}

/** A caller and a peer in place of the coordinator, with a stream just requested. */
async function rawStream(): Promise<{
  pairOf: Awaited<ReturnType<typeof startedBus>>
  peer: Awaited<ReturnType<typeof rawPeer>>
  stream: BusSubscription
  request: RequestFrame
}> {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const peer = await rawPeer(url, prefix)
  await peer.renew('coordinator', 60_000)
  const pairOf = await startedBus({ url, prefix, contracts: contractsOf('coordinator', count) })
  const stream = pairOf.bus.subscribe('tasks.count', 1, by)
  await eventually(() => expect(peer.frames[0]?.type).toBe('request'))
  return { pairOf, peer, stream, request: peer.frames[0] as RequestFrame }
}

for (const where of ['another process', 'this process'] as const) {
  const callerOf = (two: Pair): Pair['caller'] =>
    where === 'this process' ? two.provider : two.caller

  test(`a stream from ${where} arrives whole and in order, and its record counts the items`, async () => {
    await using two = await pair(testRedis().url, [counting([])])
    const { bus, records } = callerOf(two)
    const items = await read(bus.subscribe('tasks.count', 500, by))
    expect(items).toEqual(Array.from({ length: 500 }, (_, at) => [at + 1, at + 1]))
    expect(records).toMatchObject([{ status: 'completed', items: 500 }])
  })

  test(`a slow reader slows the producer in ${where}`, async () => {
    const produced: number[] = []
    await using two = await pair(testRedis().url, [counting(produced)])
    const stream = callerOf(two).bus.subscribe('tasks.count', 1000, by)
    for (let n = 1; n <= 10; n++) expect((await stream.next()).value?.seq).toBe(n)
    await sleep(100)
    expect(produced.length).toBeLessThanOrEqual(10 + 32 + 1)
    const rest = await read(stream)
    expect(rest).toHaveLength(990)
  })

  test(`leaving the loop aborts the producer in ${where}`, async () => {
    const ended = deferred<void>()
    await using two = await pair(testRedis().url, [counting([], ended)])
    const { bus, records } = callerOf(two)
    for await (const { seq } of bus.subscribe('tasks.count', 1_000_000, by)) if (seq === 3) break
    await ended.promise
    await eventually(() => expect(records).toMatchObject([{ status: 'aborted', code: 'ABORTED' }]))
  })
}

test('an error of the producer ends the stream after the items that it sent', async () => {
  await using two = await pair(testRedis().url, [
    [
      count,
      async function* () {
        yield 1
        throw new Error('broken')
      },
    ],
  ])
  const stream = two.caller.bus.subscribe('tasks.count', {}, by)
  expect((await stream.next()).value?.envelope.data).toBe(1)
  await expect(stream.next()).rejects.toMatchObject({ code: 'EXECUTION_ERROR' })
  expect(await stream.next()).toEqual({ value: undefined, done: true })
})

test('a stream without activity for its idle time ends with TIMEOUT', async () => {
  const aborted = deferred<void>()
  await using two = await pair(testRedis().url, [
    [
      count,
      async function* (_input, { signal }) {
        yield 1
        await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
        aborted.resolve()
      },
    ],
  ])
  const stream = two.caller.bus.subscribe('tasks.count', {}, { ...by, idleTimeoutMs: 80 })
  await stream.next()
  await expect(stream.next()).rejects.toMatchObject({
    code: 'TIMEOUT',
    details: { idleTimeoutMs: 80 },
  })
  await aborted.promise
})

test('a stream with a total time ends with TIMEOUT', async () => {
  await using two = await pair(testRedis().url, [
    [
      count,
      async function* () {
        for (;;) {
          await sleep(5)
          yield 1
        }
      },
    ],
  ])
  await expect(
    read(two.caller.bus.subscribe('tasks.count', {}, { ...by, timeoutMs: 60 })),
  ).rejects.toMatchObject({
    code: 'TIMEOUT',
  })
})

test('a missing item ends the stream with PROVIDER_LOST and the number received', async () => {
  const { pairOf, peer, stream, request } = await rawStream()
  await using bus = pairOf.bus
  await using raw = peer
  const head = { callId: request.header.callId, attempt: 1, from: raw.instanceId }
  const output = {
    data: 'x',
    meta: { source: 'local', operationId: 'tasks.count', timestamp: 1 },
  } as const
  for (const seq of [1, 2, 2, 4])
    await raw.send(bus.instanceId, { ...head, type: 'item', seq, output })
  expect((await stream.next()).value?.seq).toBe(1)
  expect((await stream.next()).value?.seq).toBe(2)
  await expect(stream.next()).rejects.toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown', received: 2 },
  })
  await eventually(() => expect(raw.frames.some(({ type }) => type === 'abort')).toBe(true))
})

test('an end with a wrong count is not accepted as a complete stream', async () => {
  const { pairOf, peer, stream, request } = await rawStream()
  await using bus = pairOf.bus
  await using raw = peer
  const head = { callId: request.header.callId, attempt: 1, from: raw.instanceId }
  await raw.send(bus.instanceId, { ...head, type: 'complete', count: 3 })
  await expect(stream.next()).rejects.toMatchObject({
    code: 'PROVIDER_LOST',
    details: { received: 0 },
  })
})

test('when the last items are lost, the check of the caller finds that they are missing', async () => {
  const { pairOf, peer, stream, request } = await rawStream()
  await using bus = pairOf.bus
  await using raw = peer
  await eventually(() => expect(raw.frames.some(({ type }) => type === 'check')).toBe(true))
  const frame = { type: 'checked', from: raw.instanceId, unknown: [], evicted: [] } as const
  for (let at = 0; at < 2; at++) {
    await raw.send(bus.instanceId, { ...frame, streams: [[request.header.callId, 1, 5]] })
  }
  await expect(stream.next()).rejects.toMatchObject({
    code: 'PROVIDER_LOST',
    details: { received: 0 },
  })
})

test('a producer that sends far beyond its credit loses the call', async () => {
  const { pairOf, peer, stream, request } = await rawStream()
  await using bus = pairOf.bus
  await using raw = peer
  const head = { callId: request.header.callId, attempt: 1, from: raw.instanceId }
  const output = {
    data: 'x',
    meta: { source: 'local', operationId: 'tasks.count', timestamp: 1 },
  } as const
  for (let seq = 1; seq <= 65; seq++)
    await raw.send(bus.instanceId, { ...head, type: 'item', seq, output })
  await eventually(() => expect(bus.counters['streamOverflows']).toBe(1))
  await expect(read(stream)).rejects.toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown', reason: 'overrun', received: 64 },
  })
})
