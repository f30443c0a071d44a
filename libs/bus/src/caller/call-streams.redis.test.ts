import { localEnvelope } from '@alkdev/operations'
import type { CallError } from '@alkdev/operations'
import { consumerConformance } from '@alkdev/operations/stream/testing'
import type { ConsumerEnd, Read } from '@alkdev/operations/stream/testing'
import { testRedis } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bus } from '../bus.ts'
import { eventually } from '../testing/eventually.ts'
import { alice, contractsOf, freshPrefix, spec, startedBus } from '../testing/harness.ts'
import { rawPeer } from '../testing/raw-peer.ts'
import type { RawPeer } from '../testing/raw-peer.ts'
import type { Frame } from '../wire/frames.ts'

const count = spec('tasks.count', { type: 'subscription' })
const echo = spec('tasks.echo')
const by = { principal: alice }

let bus: Bus
let peer: RawPeer

beforeAll(async () => {
  const { url } = testRedis()
  const prefix = freshPrefix()
  peer = await rawPeer(url, prefix)
  await peer.renew('coordinator', 600_000)
  const made = await startedBus({
    url,
    prefix,
    contracts: contractsOf('coordinator', count, echo),
    // The peer has no provider record, so no check counts its items.
    limits: { checkMs: 600_000 },
  })
  bus = made.bus
})

afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await peer[Symbol.asyncDispose]()
})

function requestOf(operationId: string, after: number): Frame & { type: 'request' } {
  const found = peer.frames
    .slice(after)
    .find((frame) => frame.type === 'request' && frame.header.operationId === operationId)
  if (found?.type !== 'request') throw new Error(`no request for ${operationId} yet`)
  return found
}

/** A call of a subscription whose provider is the peer. */
async function consumer(): Promise<{ end: ConsumerEnd } & AsyncDisposable> {
  const before = peer.frames.length
  const stream = bus.subscribe('tasks.count', {}, by)
  const { header } = await eventually(() => requestOf('tasks.count', before))
  const { callId } = header
  const head = { callId, attempt: 1, from: peer.instanceId }
  let sending = Promise.resolve()
  const send = (frame: Frame): void => {
    sending = sending.then(async () => void (await peer.send(bus.instanceId, frame)))
  }
  const end: ConsumerEnd = {
    get credits() {
      const upTos = peer.frames.flatMap((frame) =>
        frame.type === 'credit' && frame.callId === callId ? [frame.upTo] : [],
      )
      return upTos.map((upTo, at) => ({ upTo, credits: upTo - (upTos[at - 1] ?? 32) }))
    },
    deliver: (seq) =>
      send({ ...head, type: 'item', seq, output: localEnvelope(seq, 'tasks.count') }),
    complete: (items) => send({ ...head, type: 'complete', count: items }),
    read: () =>
      stream.next().then(
        (step): Read => (step.done === true ? { end: true } : { item: step.value.seq }),
        (error: CallError) => ({ code: error.code, details: error.details }),
      ),
    async settle() {
      await sending
      // The bus keeps the order of frames: a call that arrives later proves that the credits arrived.
      const from = peer.frames.length
      const answered = bus.call('tasks.echo', {}, by)
      const { header: ping } = await eventually(() => requestOf('tasks.echo', from))
      await peer.send(bus.instanceId, {
        type: 'respond',
        callId: ping.callId,
        attempt: 1,
        from: peer.instanceId,
        output: localEnvelope({}, 'tasks.echo'),
        queueMs: 0,
        executeMs: 0,
      })
      await answered
    },
  }
  return { end, [Symbol.asyncDispose]: async () => void (await stream.return?.()) }
}

const conformance = consumerConformance(consumer, { moves: false, maxSeeds: 2 })

test.each(conformance)('a call over the bus: $name', { timeout: 60_000 }, async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})
