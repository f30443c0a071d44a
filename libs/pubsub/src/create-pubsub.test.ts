import type { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { createInProcessEventTarget, createPubSub, RepeaterOverflowError } from './index.ts'
import type { FaultContext } from './index.ts'

type Events = {
  'task.done': { readonly n: number }
  'task.failed': { readonly why: string }
}

test('an envelope has exactly type, id and payload', async () => {
  const pubsub = createPubSub<Events>()
  const subscription = pubsub.subscribe('task.done', 't1')
  const first = subscription.next()
  pubsub.publish('task.done', 't1', { n: 1 })
  expect(await first).toEqual({
    value: { type: 'task.done', id: 't1', payload: { n: 1 } },
    done: false,
  })
})

test('the event on the target is a CustomEvent whose type is the topic and whose detail is the envelope', () => {
  const target = new EventTarget()
  const seen: unknown[] = []
  target.addEventListener('task.done:t1', (event) =>
    seen.push([event.type, (event as CustomEvent).detail]),
  )
  createPubSub<Events>({ eventTarget: target }).publish('task.done', 't1', { n: 1 })
  expect(seen).toEqual([['task.done:t1', { type: 'task.done', id: 't1', payload: { n: 1 } }]])
})

test('only the subscribers of a topic receive its events', async () => {
  const pubsub = createPubSub<Events>()
  const a = pubsub.subscribe('task.done', 't1')
  const b = pubsub.subscribe('task.done', 't1')
  const other = pubsub.subscribe('task.done', 't2')
  await Promise.all([a.ready(), b.ready(), other.ready()])
  expect(await pubsub.send('task.done', 't1', { n: 7 })).toBe(2)
  expect(await pubsub.send('task.done', 't2', { n: 8 })).toBe(1)
  expect((await a.next()).value?.payload).toEqual({ n: 7 })
  expect((await b.next()).value?.payload).toEqual({ n: 7 })
  expect((await other.next()).value?.payload).toEqual({ n: 8 })
})

test('nothing listens before the first next() or ready()', async () => {
  const pubsub = createPubSub<Events>()
  pubsub.subscribe('task.done', 't1')
  expect(await pubsub.send('task.done', 't1', { n: 1 })).toBe(0)
})

test('leaving the loop removes the listener', async () => {
  const pubsub = createPubSub<Events>()
  const subscription = pubsub.subscribe('task.done', 't1')
  await subscription.ready()
  pubsub.publish('task.done', 't1', { n: 1 })
  for await (const event of subscription) {
    expect(event.payload.n).toBe(1)
    break
  }
  expect(await pubsub.send('task.done', 't1', { n: 2 })).toBe(0)
})

test.each(['__subscribe', '__', ''])(
  'the event type "%s" is refused by publish, send and subscribe',
  async (type) => {
    const pubsub = createPubSub()
    const refused = expect.objectContaining({ code: 'VALIDATION_ERROR' })
    expect(() => pubsub.publish(type, '', 1)).toThrow(refused)
    expect(() => pubsub.subscribe(type, '')).toThrow(refused)
    await expect(pubsub.send(type, '', 1)).rejects.toEqual(refused)
  },
)

test('two pairs of type and id that make one topic do not hear each other', async () => {
  const pubsub = createPubSub<{ a: string; 'a:b': string }>()
  const subscription = pubsub.subscribe('a', 'b:c')
  await subscription.ready()
  pubsub.publish('a:b', 'c', 'not this')
  pubsub.publish('a', 'b:c', 'this')
  expect((await subscription.next()).value?.payload).toBe('this')
})

test('a slow subscription ends with OVERLOADED after the events held; publisher and other subscribers continue', async () => {
  const pubsub = createPubSub<Events>()
  const slow = pubsub.subscribe('task.done', '', { limit: 3 })
  const other = pubsub.subscribe('task.done', '')
  await Promise.all([slow.ready(), other.ready()])
  for (let n = 0; n < 5; n++) pubsub.publish('task.done', '', { n })
  const got: number[] = []
  await expect(
    (async () => {
      for await (const event of slow) got.push(event.payload.n)
    })(),
  ).rejects.toBeInstanceOf(RepeaterOverflowError)
  expect(got).toEqual([0, 1, 2])
  expect(await pubsub.send('task.done', '', { n: 5 })).toBe(1)
  for (let n = 0; n < 6; n++) expect((await other.next()).value?.payload.n).toBe(n)
})

test.each([
  ['drop-oldest', [3, 4]],
  ['drop-newest', [0, 1]],
] as const)('a slow subscription with %s loses events and continues', async (overflow, kept) => {
  const pubsub = createPubSub<Events>()
  const slow = pubsub.subscribe('task.done', '', { limit: 2, overflow })
  await slow.ready()
  for (let n = 0; n < 5; n++) pubsub.publish('task.done', '', { n })
  for (const n of kept) expect((await slow.next()).value?.payload.n).toBe(n)
})

test('an aborted signal ends the subscription with ABORTED', async () => {
  const pubsub = createPubSub<Events>()
  const controller = new AbortController()
  const subscription = pubsub.subscribe('task.done', '', { signal: controller.signal })
  const next = subscription.next()
  controller.abort()
  await expect(next).rejects.toMatchObject({ code: 'ABORTED' })
  expect(await pubsub.send('task.done', '', { n: 1 })).toBe(0)
})

test('closing ends the subscriptions without an error; later subscriptions end at once and sends are refused', async () => {
  const pubsub = createPubSub<Events>()
  const next = pubsub.subscribe('task.done', '').next()
  await pubsub.close()
  await pubsub.close()
  expect(await next).toEqual({ value: undefined, done: true })
  expect(await pubsub.subscribe('task.done', '').next()).toEqual({ value: undefined, done: true })
  await expect(pubsub.send('task.done', '', { n: 1 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  })
})

test('closing a target ends the subscriptions on it', async () => {
  const target = createInProcessEventTarget()
  const next = createPubSub<Events>({ eventTarget: target }).subscribe('task.done', '').next()
  await target.close()
  expect(await next).toEqual({ value: undefined, done: true })
})

test('what one listener throws is reported to onError, and other listeners still receive the event', () => {
  const faults: [CodedError, FaultContext][] = []
  const target = createInProcessEventTarget({ onError: (...fault) => faults.push(fault) })
  const thrown = new Error('mine')
  let received = 0
  target.addEventListener('a:', () => {
    throw thrown
  })
  target.addEventListener('a:', () => (received += 1))
  createPubSub({ eventTarget: target }).publish('a', '', 1)
  expect(received).toBe(1)
  expect(faults).toHaveLength(1)
  expect(faults[0]?.[0].cause).toBe(thrown)
  expect(faults[0]?.[1]).toEqual({ kind: 'listener', topic: 'a:' })
})

test('types: events, ids and payloads are checked, whether the map is a type or an interface', () => {
  interface Shapes {
    readonly disc: { readonly radius: number }
  }
  const pubsub = createPubSub<Shapes>()
  pubsub.publish('disc', '', { radius: 1 })
  // @ts-expect-error no such event
  pubsub.publish('square', '', { radius: 1 })
  // @ts-expect-error a payload of another shape
  pubsub.publish('disc', '', { side: 1 })
  // @ts-expect-error an id is always given
  void (() => pubsub.subscribe('disc'))
  const subscription = pubsub.subscribe('disc', '')
  const radius = async (): Promise<number | undefined> =>
    (await subscription.next()).value?.payload.radius
  expect(radius).toBeTypeOf('function')
})
