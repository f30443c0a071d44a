import { deferred, uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { createCounters } from './counters.ts'
import {
  alice,
  BUS_KEY,
  contractsOf,
  freshPrefix,
  pair,
  registryOf,
  spec,
  startedBus,
  testBus,
} from './testing/harness.ts'
import { rawPeer } from './testing/raw-peer.ts'
import { instanceTopic } from './transport/transport.ts'
import type { Bus } from './bus.ts'
import { createCodec } from './wire/codec.ts'

const echo = spec('tasks.echo')
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64')

async function provider(prefix: string, starts: string[], limits = {}): Promise<Bus> {
  const made = testBus({
    url: testRedis().url,
    prefix,
    service: 'coordinator',
    contracts: contractsOf('coordinator', echo),
    limits,
  })
  made.bus.serveService(
    registryOf([
      echo,
      (_input, { requestId }) => {
        starts.push(requestId ?? '')
        return starts.length
      },
    ]),
  )
  await made.bus.start()
  return made.bus
}

test('messages under another key, of another version, or for another instance are dropped and counted', async () => {
  const prefix = freshPrefix()
  const starts: string[] = []
  await using bus = await provider(prefix, starts)
  await using peer = await rawPeer(testRedis().url, prefix)
  const frame = peer.request({})
  const to = bus.instanceId
  const message = { topic: instanceTopic(to), frames: [frame] }
  const good = createCodec([BUS_KEY], createCounters())
  const other = createCodec([OTHER_KEY], createCounters())
  const text = good.encode(message)
  await peer.sendText(to, other.encode(message))
  await peer.sendText(to, `0${text.slice(1)}`)
  await peer.sendText(to, text.replace('tasks.echo', 'tasks.ecHo'))
  await peer.sendText(to, good.encode({ topic: instanceTopic(uuidv7()), frames: [frame] }))
  await peer.sendText(to, good.encode({ topic: instanceTopic(to), frames: [7] }))
  await peer.sendText(to, 'nonsense')
  await peer.sendText(to, text)
  await eventually(() => expect(starts).toEqual([frame.header.callId]))
  expect(bus.counters).toMatchObject({
    messagesBadSignature: 2,
    messagesWrongVersion: 2,
    messagesMalformed: 2,
  })
})

test('while a key is changed both are accepted', async () => {
  const prefix = freshPrefix()
  const { url } = testRedis()
  const contracts = contractsOf('coordinator', echo)
  const made = testBus({
    url,
    prefix,
    contracts,
    service: 'coordinator',
    busKey: [OTHER_KEY, BUS_KEY],
  })
  made.bus.serveService(registryOf([echo, () => 'both']))
  await using bus = made.bus
  await bus.start()
  const { bus: caller } = await startedBus({ url, prefix, contracts, busKey: [BUS_KEY, OTHER_KEY] })
  await using _caller = caller
  const { envelope } = await caller.call('tasks.echo', {}, { principal: alice })
  expect(envelope.data).toBe('both')
})

test('(row 5) a request that arrives several times starts once, and its answer is sent again', async () => {
  const prefix = freshPrefix()
  const starts: string[] = []
  await using bus = await provider(prefix, starts)
  await using peer = await rawPeer(testRedis().url, prefix)
  const frame = peer.request({})
  await peer.send(bus.instanceId, frame)
  await peer.send(bus.instanceId, frame)
  await eventually(() => expect(bus.counters['duplicateRequests']).toBe(1))
  await eventually(() => expect(peer.frames.length).toBeGreaterThanOrEqual(1))
  const answered = peer.frames.length
  await peer.send(bus.instanceId, frame)
  await eventually(() => expect(peer.frames.length).toBe(answered + 1))
  expect(starts).toEqual([frame.header.callId])
  for (const answer of peer.frames)
    expect(answer).toMatchObject({ type: 'respond', callId: frame.header.callId })
})

test('after the caller has confirmed the end no state of the call is kept', async () => {
  const prefix = freshPrefix()
  await using bus = await provider(prefix, [])
  await using peer = await rawPeer(testRedis().url, prefix)
  const frame = peer.request({})
  const check = {
    type: 'check',
    from: peer.instanceId,
    waiting: [[frame.header.callId, 1]],
    done: [],
  } as const
  await peer.send(bus.instanceId, frame)
  await eventually(() => expect(peer.frames.map(({ type }) => type)).toEqual(['respond']))
  await peer.send(bus.instanceId, check)
  await eventually(() =>
    expect(peer.frames.map(({ type }) => type)).toEqual(['respond', 'respond']),
  )
  await peer.send(bus.instanceId, { ...check, done: [[frame.header.callId, 1]] })
  await eventually(() =>
    expect(peer.frames[2]).toMatchObject({ type: 'checked', unknown: [[frame.header.callId, 1]] }),
  )
})

test('an attempt that was reported as unknown is refused when it arrives later', async () => {
  const prefix = freshPrefix()
  const starts: string[] = []
  await using bus = await provider(prefix, starts)
  await using peer = await rawPeer(testRedis().url, prefix)
  const frame = peer.request({})
  const other = peer.request({})
  const waiting = [[frame.header.callId, 1]] as const
  await peer.send(bus.instanceId, { type: 'check', from: peer.instanceId, waiting, done: [] })
  await peer.send(bus.instanceId, frame)
  await peer.send(bus.instanceId, other)
  await eventually(() => expect(starts).toEqual([other.header.callId]))
})

test('an abort that arrives before its request prevents the start', async () => {
  const prefix = freshPrefix()
  const starts: string[] = []
  await using bus = await provider(prefix, starts)
  await using peer = await rawPeer(testRedis().url, prefix)
  const frame = peer.request({})
  const other = peer.request({})
  const { attempt, from, header } = frame
  const { callId } = header
  const abort = { type: 'abort', callId, attempt, from, code: 'ABORTED', reason: 'left' } as const
  await peer.send(bus.instanceId, abort)
  await peer.send(bus.instanceId, frame)
  await peer.send(bus.instanceId, other)
  await eventually(() => expect(starts).toEqual([other.header.callId]))
  await eventually(() =>
    expect(peer.frames[0]).toMatchObject({ type: 'receipt', receipt: 'honoured', callId }),
  )
})

test.each(['lost', 'refuse'] as const)(
  'V8: %s from an instance that does not have the attempt is counted and does not end the call',
  async (type) => {
    const answer = deferred<string>()
    await using two = await pair(testRedis().url, [[echo, () => answer.promise]])
    const { caller, provider: owner } = two
    await using outsider = await rawPeer(testRedis().url, two.prefix)
    const callId = uuidv7()
    const call = caller.bus.call('tasks.echo', {}, { principal: alice, callId })
    await eventually(() => expect(owner.bus.gauges.running).toBe(1))
    const head = { callId, attempt: 1, from: outsider.instanceId }
    const error = { code: 'OVERLOADED', message: 'full' }
    await outsider.send(
      caller.bus.instanceId,
      type === 'lost' ? { ...head, type, reason: 'gone' } : { ...head, type, error },
    )
    await eventually(() => expect(caller.bus.counters['lateAnswers']).toBe(1))
    answer.resolve('done')
    expect(await call).toMatchObject({ attempts: 1, envelope: { data: 'done' } })
  },
)

test('when the log is full answers are evicted, but the calls do not start again', async () => {
  const prefix = freshPrefix()
  const starts: string[] = []
  await using bus = await provider(prefix, starts, { maxRememberedBytes: 1500 })
  await using peer = await rawPeer(testRedis().url, prefix)
  const frames = Array.from({ length: 4 }, () => peer.request({}))
  for (const frame of frames) await peer.send(bus.instanceId, frame)
  await eventually(() => expect(peer.frames).toHaveLength(4))
  expect(bus.counters['answersForgotten']).toBeGreaterThan(0)
  const [first] = frames
  await peer.send(bus.instanceId, first ?? peer.request({}))
  const waiting = frames.map(({ header }) => [header.callId, 1] as const)
  await peer.send(bus.instanceId, { type: 'check', from: peer.instanceId, waiting, done: [] })
  await eventually(() =>
    expect(peer.frames.find(({ type }) => type === 'checked')).toMatchObject({ unknown: [] }),
  )
  expect(peer.frames.find(({ type }) => type === 'checked')).toMatchObject({
    evicted: expect.arrayContaining([[first?.header.callId, 1]]),
  })
  expect(starts).toHaveLength(4)
})

test('a request whose text is missing in Redis is refused and never started', async () => {
  const prefix = freshPrefix()
  const starts: string[] = []
  await using bus = await provider(prefix, starts)
  await using peer = await rawPeer(testRedis().url, prefix)
  const callId = uuidv7()
  await peer.send(bus.instanceId, {
    type: 'large',
    from: peer.instanceId,
    key: 'large:gone',
    of: 'request',
    callId,
    attempt: 1,
  })
  await eventually(() =>
    expect(peer.frames[0]).toMatchObject({ type: 'refuse', callId, attempt: 1 }),
  )
  await peer.send(bus.instanceId, peer.request({}, { callId }))
  await eventually(() => expect(peer.frames).toHaveLength(2))
  expect(peer.frames[1]).toMatchObject({ type: 'refuse' })
  expect(starts).toEqual([])
  expect(bus.counters['largeMessagesMissing']).toBe(1)
})
