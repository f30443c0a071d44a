import { localEnvelope } from '@alkdev/operations'
import { sleep, uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { spec } from './testing/harness.ts'
import { answer, by, Hub } from './testing/spoke-hub.ts'

test('a resumable call waits for its spoke and continues at the broker where it attaches again', async () => {
  await using hub = new Hub()
  const first = await hub.broker((_call, sink) => sink.started())
  const second = await hub.broker()
  const { bus, records } = await hub.caller()
  const build = spec('ci.build', { type: 'mutation', resumable: true })
  const spoke = await hub.attach(first, 'one', [build])
  const call = bus.call('ci.build', { n: 1 }, by)
  await eventually(() => expect(first.given).toHaveLength(1))
  first.bus.spokeLost('spoke-one', 1, 'its socket closed')
  await hub.attach(second, 'one', [build], {
    ...spoke,
    instanceId: second.bus.instanceId,
    epoch: 2,
  })
  const callId = first.given[0]?.call.header.callId ?? ''
  const stale = { callId: uuidv7(), attempt: 1 }
  const resumed = await second.bus.resume('spoke-one', 2, [{ callId, attempt: 1 }, stale])
  expect(resumed).toMatchObject([
    { received: 0, call: { attempt: 1, header: { callId, input: { n: 1 } } } },
  ])
  resumed[0]?.sink.respond(localEnvelope('built', 'ci.build'))
  expect(await call).toMatchObject({ attempts: 1, envelope: { data: 'built' } })
  expect(second.given).toHaveLength(0)
  expect(records).toMatchObject([{ status: 'completed', route: 'least-loaded of 1, resumed' }])
})

test('a resumable call continues at the same broker too', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus } = await hub.caller()
  const build = spec('ci.build', { type: 'mutation', resumable: true })
  await hub.attach(broker, 'one', [build])
  const call = bus.call('ci.build', {}, by)
  await eventually(() => expect(broker.given).toHaveLength(1))
  const callId = broker.given[0]?.call.header.callId ?? ''
  broker.bus.spokeLost('spoke-one', 1, 'its socket closed')
  await sleep(30)
  const [resumed] = await broker.bus.resume('spoke-one', 2, [{ callId, attempt: 1 }])
  resumed?.sink.respond(localEnvelope('built', 'ci.build'))
  expect((await call).envelope.data).toBe('built')
})

test('a resumable call continues even if the end of its socket was not noticed', async () => {
  await using hub = new Hub()
  const first = await hub.broker((_call, sink) => sink.started())
  const second = await hub.broker()
  const { bus } = await hub.caller()
  const build = spec('ci.build', { type: 'mutation', resumable: true })
  await hub.attach(first, 'one', [build])
  for (const broker of [first, second]) {
    const seen = first.given.length
    const call = bus.call('ci.build', {}, by)
    await eventually(() => expect(first.given).toHaveLength(seen + 1))
    const given = first.given.at(-1)?.call.header.callId ?? ''
    const [resumed] = await broker.bus.resume('spoke-one', 2, [{ callId: given, attempt: 1 }])
    first.bus.spokeLost('spoke-one', 1, 'noticed too late')
    resumed?.sink.respond(localEnvelope('built', 'ci.build'))
    expect((await call).envelope.data).toBe('built')
  }
  await eventually(() => expect(first.bus.gauges).toMatchObject({ running: 0, remembered: 0 }))
})

test('a spoke resumes from more attempts than one message between instances holds', async () => {
  await using hub = new Hub()
  const first = await hub.broker((_call, sink) => sink.started())
  const second = await hub.broker()
  const { bus } = await hub.caller()
  await hub.attach(first, 'one', [spec('ci.build', { type: 'mutation', resumable: true })])
  const calls = [0, 1, 2].map((at) => bus.call('ci.build', at, by))
  await eventually(() => expect(first.given).toHaveLength(3))
  // Most of the calls that the spoke kept have no waiting caller.
  const kept = Array.from({ length: 2000 }, () => ({ callId: uuidv7(), attempt: 1 }))
  const given = first.given.map(({ call }) => ({ callId: call.header.callId, attempt: 1 }))
  const resumed = await second.bus.resume('spoke-one', 2, [...kept, ...given])
  for (const { call, sink } of resumed) sink.respond(localEnvelope(call.header.input, 'ci.build'))
  const results = await Promise.all(calls)
  expect(results.map(({ envelope }) => envelope.data)).toEqual([0, 1, 2])
  expect(bus.counters['largeMessagesMissing']).toBe(0)
})

test('a resumed stream continues after the items that were received', async () => {
  await using hub = new Hub()
  const first = await hub.broker((call, sink) => {
    sink.started()
    for (const n of [1, 2, 3]) void sink.item(localEnvelope(n, call.header.operationId))
  })
  const second = await hub.broker()
  const { bus } = await hub.caller()
  const tail = spec('logs.tail', { type: 'subscription', resumable: true })
  await hub.attach(first, 'one', [tail])
  const stream = bus.subscribe('logs.tail', {}, by)
  const seen: unknown[] = []
  for (let at = 0; at < 3; at++) seen.push((await stream.next()).value?.envelope.data)
  const callId = first.given[0]?.call.header.callId ?? ''
  first.bus.spokeLost('spoke-one', 1, 'gone')
  const [resumed] = await second.bus.resume('spoke-one', 2, [{ callId, attempt: 1 }])
  expect(resumed?.received).toBe(3)
  await resumed?.sink.item(localEnvelope(4, 'logs.tail'))
  resumed?.sink.complete()
  for await (const { seq, envelope } of stream) seen.push([seq, envelope.data])
  expect(seen).toEqual([1, 2, 3, [4, 4]])
})

test('a resumable call whose spoke does not return in time is lost, and not dispatched to another', async () => {
  await using hub = new Hub()
  const first = await hub.broker((_call, sink) => sink.started())
  const second = await hub.broker(answer)
  const { bus } = await hub.caller({ suspendedMs: 250 })
  const build = spec('ci.build', { resumable: true })
  await hub.attach(first, 'one', [build])
  const call = bus.call('ci.build', {}, by)
  await eventually(() => expect(first.given).toHaveLength(1))
  await hub.attach(second, 'two', [build])
  first.bus.spokeLost('spoke-one', 1, 'gone')
  await expect(call).rejects.toMatchObject({ code: 'PROVIDER_LOST' })
  expect(second.given).toHaveLength(0)
})

test('an answer that arrives after the end is counted and has no effect', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus, records } = await hub.caller()
  await hub.attach(broker, 'one', [spec('fs.read')])
  await expect(bus.call('fs.read', {}, { ...by, timeoutMs: 50 })).rejects.toMatchObject({
    code: 'TIMEOUT',
  })
  const { sink, call } = broker.given[0] ?? { sink: undefined, call: undefined }
  await eventually(() => expect(call?.signal.aborted).toBe(true))
  sink?.respond(localEnvelope('too late', 'fs.read'))
  sink?.fail(new Error('twice'))
  await eventually(() => expect(records).toMatchObject([{ code: 'TIMEOUT', receipt: 'ignored' }]))
})

test('without an abort from the caller, a provider ends the call itself at its deadline', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  await hub.attach(broker, 'one', [spec('fs.read')])
  const { rawPeer } = await import('./testing/raw-peer.ts')
  await using peer = await rawPeer(testRedis().url, hub.prefix)
  await peer.renew('gateway', 60_000)
  const target = { kind: 'spoke', spokeId: 'spoke-one', epoch: 1, name: 'fs.read' } as const
  await peer.send(
    broker.bus.instanceId,
    peer.request({ target, remainingMs: 50 }, { operationId: 'fs.read' }),
  )
  await eventually(() => expect(broker.given[0]?.call.signal.aborted).toBe(true))
  expect(broker.given[0]?.call.signal.reason).toMatchObject({ code: 'TIMEOUT' })
})
