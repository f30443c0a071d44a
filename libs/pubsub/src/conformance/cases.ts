import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { createPubSub } from '../create-pubsub.ts'
import { eventOf, ReceivedEvents, listen, publish, settle } from './pair.ts'
import type { ConformanceHarness, ConformancePair } from './pair.ts'

export interface ConformanceCase {
  readonly name: string
  /** Whether it makes sense for this kind of target. Default: always. */
  readonly applies?: (harness: ConformanceHarness) => boolean
  readonly run: (pair: ConformancePair, harness: ConformanceHarness) => Promise<void>
}

/** What every event target does, one sentence each. */
export const conformanceCases: readonly ConformanceCase[] = [
  {
    name: 'a listener gets a CustomEvent whose type is the topic and whose detail is the envelope',
    async run(pair) {
      const received = await listen(pair, 'task.done', '7')
      await publish(pair, 'task.done', '7', { text: 'ü\u2028"', list: [1, null] })
      await received.atLeast(1)
      equal(received.events[0]?.type, 'task.done:7')
      ok(received.events[0] instanceof CustomEvent)
      deepEqual(received.events[0].detail, {
        type: 'task.done',
        id: '7',
        payload: { text: 'ü\u2028"', list: [1, null] },
      })
    },
  },
  {
    name: 'dispatchEvent reaches the same listeners as publish, and accepts the event',
    async run(pair) {
      const received = await listen(pair, 'a', '')
      equal(pair.publisher.dispatchEvent(eventOf({ type: 'a', id: '', payload: 1 })), true)
      await received.atLeast(1)
      deepEqual(received.payloads, [1])
    },
  },
  {
    name: 'only the listeners of exactly that type and id hear an event',
    async run(pair) {
      const [wanted, otherId, otherType] = [
        await listen(pair, 'a', '1'),
        await listen(pair, 'a', '2'),
        await listen(pair, 'b', '1'),
      ]
      await publish(pair, 'a', '1', 'x')
      await settle(pair)
      deepEqual([wanted.payloads, otherId.payloads, otherType.payloads], [['x'], [], []])
    },
  },
  {
    name: 'events of one publisher arrive in their order, none twice',
    async run(pair) {
      const received = await listen(pair, 'a', '')
      const expected = Array.from({ length: 300 }, (_, n) => n)
      await Promise.all(expected.map((n) => publish(pair, 'a', '', n)))
      await received.atLeast(expected.length)
      await settle(pair)
      deepEqual(received.payloads, expected)
    },
  },
  {
    name: 'every listener of a topic hears an event once; a callback that is added twice is one listener',
    async run(pair) {
      const first = await listen(pair, 'a', '')
      pair.subscriber.addEventListener('a:', first.listener)
      const others = [await listen(pair, 'a', ''), await listen(pair, 'a', '')]
      await publish(pair, 'a', '')
      await settle(pair)
      deepEqual(
        [first, ...others].map((received) => received.events.length),
        [1, 1, 1],
      )
    },
  },
  {
    name: 'listener objects, once, and a signal work as on an EventTarget; null is no listener',
    async run(pair) {
      const target = pair.subscriber
      const [object, once, aborted, never] = [
        new ReceivedEvents(),
        new ReceivedEvents(),
        new ReceivedEvents(),
        new ReceivedEvents(),
      ]
      const controller = new AbortController()
      target.addEventListener('a:', null)
      target.removeEventListener('a:', null)
      target.addEventListener('a:', { handleEvent: object.listener })
      target.addEventListener('a:', once.listener, { once: true })
      target.addEventListener('a:', aborted.listener, { signal: controller.signal })
      target.addEventListener('a:', never.listener, { signal: AbortSignal.abort() })
      await target.subscribed('a:')
      await publish(pair, 'a', '', 1)
      await settle(pair)
      controller.abort()
      await publish(pair, 'a', '', 2)
      await settle(pair)
      deepEqual(
        [object.payloads, once.payloads, aborted.payloads, never.payloads],
        [[1, 2], [1], [1], []],
      )
    },
  },
  {
    name: 'a listener that was removed hears nothing; added again it hears everything once',
    async run(pair) {
      const received = await listen(pair, 'a', '')
      const unknown = new ReceivedEvents()
      pair.subscriber.removeEventListener('a:', unknown.listener)
      pair.subscriber.removeEventListener('a:', received.listener)
      await publish(pair, 'a', '', 1)
      await settle(pair)
      deepEqual(received.payloads, [])
      pair.subscriber.addEventListener('a:', received.listener)
      await pair.subscriber.subscribed('a:')
      await publish(pair, 'a', '', 2)
      await settle(pair)
      deepEqual(received.payloads, [2])
    },
  },
  {
    name: 'a listener that leaves while others stay takes nothing from them',
    async run(pair) {
      const [leaving, staying] = [await listen(pair, 'a', ''), await listen(pair, 'a', '')]
      pair.subscriber.removeEventListener('a:', leaving.listener)
      await publish(pair, 'a', '', 1)
      await settle(pair)
      deepEqual([leaving.payloads, staying.payloads], [[], [1]])
    },
  },
  {
    name: 'what a listener throws is reported to onError, and other listeners still receive the event',
    async run(pair) {
      const mine = new Error('mine')
      pair.subscriber.addEventListener('a:', () => {
        throw mine
      })
      const received = await listen(pair, 'a', '')
      await publish(pair, 'a', '')
      await settle(pair)
      equal(received.events.length, 1)
      const faults = pair.faults.filter((fault) => fault.context.kind === 'listener')
      deepEqual([faults.length, faults[0]?.error.cause, faults[0]?.context.topic], [1, mine, 'a:'])
    },
  },
  {
    name: 'once subscribed has resolved, nothing that is published is missed',
    async run(pair) {
      for (let n = 0; n < 50; n++) {
        const received = await listen(pair, 'a', String(n))
        await publish(pair, 'a', String(n), n)
        await received.atLeast(1)
        pair.subscriber.removeEventListener(`a:${n}`, received.listener)
      }
    },
  },
  {
    name: 'subscribed rejects with CONFLICT for a topic that has no listener',
    async run(pair) {
      await rejects(pair.subscriber.subscribed('a:'), { code: 'CONFLICT' })
    },
  },
  {
    name: 'publish reports the number of receivers, where the transport can',
    async run(pair, { counts }) {
      const none = await publish(pair, 'a', '')
      await listen(pair, 'a', '')
      await listen(pair, 'a', '')
      const expected = { listeners: [0, 2], connections: [0, 1], nothing: [undefined, undefined] }
      deepEqual([none, await publish(pair, 'a', '')], expected[counts])
    },
  },
  {
    name: 'reserved and empty types, other values than envelopes, and events of another topic are refused',
    async run(pair) {
      const refused = { code: 'VALIDATION_ERROR' }
      for (const type of ['__subscribe', '__x', '']) {
        await rejects(publish(pair, type, ''), refused)
        throws(() => pair.publisher.dispatchEvent(eventOf({ type, id: '', payload: 1 })), refused)
      }
      await rejects(pair.publisher.publish({ type: 'a' } as never), refused)
      await rejects(pair.publisher.publish(null as never), refused)
      const elsewhere = eventOf({ type: 'a', id: '', payload: 1 }, 'b:')
      throws(() => pair.publisher.dispatchEvent(elsewhere), refused)
    },
  },
  {
    name: 'a payload that cannot be carried is refused by publish, and reported to onError by dispatchEvent',
    applies: ({ uncarried }) => uncarried !== 'anything',
    async run(pair, { uncarried }) {
      // Some transports serialise only events that have a receiver.
      await listen(pair, 'a', '')
      const payload = uncarried === 'anything' ? undefined : uncarried.payload
      const envelope = { type: 'a', id: '', payload }
      await rejects(pair.publisher.publish(envelope), { code: 'VALIDATION_ERROR' })
      equal(pair.publisher.dispatchEvent(eventOf(envelope)), false)
      const fault = pair.faults.find((one) => one.context.kind === 'publish')
      equal(fault?.error.code, 'VALIDATION_ERROR')
    },
  },
  {
    name: 'a malformed message is reported to onError, and the next event arrives',
    applies: ({ malformed }) => malformed,
    async run(pair) {
      const received = await listen(pair, 'a', '')
      await pair.sendMalformed?.()
      await publish(pair, 'a', '', 1)
      await settle(pair)
      deepEqual(received.payloads, [1])
      const faults = pair.faults.filter((fault) => fault.context.kind === 'malformed')
      deepEqual([faults.length, faults[0]?.error.code], [1, 'VALIDATION_ERROR'])
    },
  },
  {
    name: 'after a lost connection every topic is received again, and no event arrives twice',
    applies: ({ reconnects }) => reconnects,
    async run(pair) {
      const [a, b] = [await listen(pair, 'a', ''), await listen(pair, 'b', '')]
      for (let round = 0; round < 3; round++) {
        await pair.breakConnection?.()
        await Promise.all([pair.subscriber.subscribed('a:'), pair.subscriber.subscribed('b:')])
        await publish(pair, 'a', '', round)
        await publish(pair, 'b', '', round)
        await settle(pair)
      }
      deepEqual(
        [a.payloads, b.payloads],
        [
          [0, 1, 2],
          [0, 1, 2],
        ],
      )
    },
  },
  {
    name: 'createPubSub works over it: ready, for await, leaving the loop',
    async run(pair) {
      const there = createPubSub<{ n: number }>({ eventTarget: pair.publisher })
      const here = createPubSub<{ n: number }>({ eventTarget: pair.subscriber })
      const subscription = here.subscribe('n', 'x')
      await subscription.ready()
      for (let n = 0; n < 5; n++) there.publish('n', 'x', n)
      const seen: number[] = []
      for await (const event of subscription) if (seen.push(event.payload) === 5) break
      deepEqual(seen, [0, 1, 2, 3, 4])
      await rejects(pair.subscriber.subscribed('n:x'), { code: 'CONFLICT' })
    },
  },
  {
    name: 'close ends subscriptions, is idempotent, and leaves nothing usable behind',
    async run(pair) {
      const received = await listen(pair, 'a', '')
      const waiting = createPubSub({ eventTarget: pair.subscriber }).subscribe('b', '').next()
      await pair.subscriber.close()
      await pair.subscriber.close()
      equal(pair.subscriber.closeSignal.aborted, true)
      deepEqual(await waiting, { value: undefined, done: true })
      const closed = { code: 'UNAVAILABLE' }
      await rejects(pair.subscriber.publish({ type: 'a', id: '', payload: 1 }), closed)
      await rejects(pair.subscriber.subscribed('a:'), closed)
      pair.subscriber.addEventListener('a:', received.listener)
      await publish(pair, 'a', '').catch(() => {})
      deepEqual(received.events, [])
    },
  },
]
