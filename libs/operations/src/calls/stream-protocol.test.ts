import { expect, test } from 'vitest'
import { failureOf } from '../fixtures/operations.ts'
import { link } from '../fixtures/link.ts'
import { world } from '../fixtures/world.ts'

test('a stream delivers its items in order with seq, and ends with their count', async () => {
  await using pair = link(world().registry)
  const got: unknown[] = []
  for await (const { data } of pair.caller.calls.subscribe('items.count', 100)) got.push(data)
  expect(got).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
  await pair.idle()
  const sent = pair.frames.filter(({ from }) => from === 'provider').map(({ frame }) => frame)
  expect(sent.slice(0, -1).map((frame) => (frame.payload as { seq?: number }).seq)).toEqual(got)
  expect(sent.at(-1)).toMatchObject({ type: 'call.completed', payload: { count: 100 } })
})

test('nothing is sent before the first item is requested', async () => {
  await using pair = link(world().registry)
  const stream = pair.caller.calls.subscribe('items.count', 3)
  await pair.idle()
  expect(pair.frames).toEqual([])
  await stream.return?.()
  await pair.idle()
  expect([pair.frames.length, pair.caller.calls.getPendingCount()]).toEqual([0, 0])
})

test('a producer sends 32 items before the first credit and no more until the consumer reads', async () => {
  await using pair = link(world().registry)
  const stream = pair.caller.calls.subscribe('items.count', 1000)
  const items = (): number =>
    pair.frames.filter(({ frame }) => frame.type === 'call.responded').length
  await stream.next()
  await pair.idle()
  expect(items()).toBe(32)
  for (let n = 0; n < 15; n++) await stream.next()
  await pair.idle()
  expect(items()).toBe(48)
  expect(pair.frames.filter(({ frame }) => frame.type === 'call.credit')).toHaveLength(1)
})

test('leaving the loop stops the producer', async () => {
  const { registry, closed } = world()
  await using pair = link(registry)
  for await (const { data } of pair.caller.calls.subscribe('items.count', 1000))
    if (data === 3) break
  await pair.idle()
  expect(closed).toEqual(['count'])
  expect([pair.caller.calls.getPendingCount(), pair.provider.handler.inFlight]).toEqual([0, 0])
})

test('an error after items is thrown once, after them', async () => {
  await using pair = link(world().registry)
  const stream = pair.caller.calls.subscribe('items.fail', {})
  expect((await stream.next()).value).toMatchObject({ data: 1 })
  expect((await failureOf(() => stream.next())).toWire()).toEqual({
    code: 'CONFLICT',
    message: 'enough',
  })
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('a stream that is idle for too long ends on both sides, whichever detects it first', async () => {
  const { registry, closed } = world()
  await using pair = link(registry)
  const stream = pair.caller.calls.subscribe('items.silent', {}, { idleTimeout: 30 })
  await stream.next()
  expect((await failureOf(() => stream.next())).code).toBe('TIMEOUT')
  await pair.idle()
  expect(closed).toEqual(['silent'])
})

test('a total time ends a subscription too', async () => {
  await using pair = link(world().registry)
  const stream = pair.caller.calls.subscribe('items.silent', {}, { timeoutMs: 30 })
  await stream.next()
  expect((await failureOf(() => stream.next())).code).toBe('TIMEOUT')
})

test('a consumer that reads nothing does not count as an idle producer, but the provider ends the call', async () => {
  await using pair = link(world().registry)
  const stream = pair.caller.calls.subscribe('items.count', 1000, { idleTimeout: 40 })
  await stream.next()
  while (pair.provider.handler.inFlight > 0)
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  let got = 1
  const error = await failureOf(async () => {
    for await (const _item of stream) got += 1
  })
  expect([error.code, got]).toEqual(['TIMEOUT', 32])
})

test('an abort of a subscription ends the iteration quietly when it is the consumer’s own, with an error when it is not', async () => {
  await using pair = link(world().registry)
  const own = pair.caller.calls.subscribe('items.silent', {}, { requestId: 'own' })
  await own.next()
  pair.caller.calls.abort('own')
  expect(await own.next()).toEqual({ done: true, value: undefined })
  const other = pair.caller.calls.subscribe('items.silent', {}, { requestId: 'other' })
  await other.next()
  pair.caller.receive({
    type: 'call.aborted',
    id: 'other',
    payload: { requestId: 'other', reason: 'operator' },
  })
  expect((await failureOf(() => other.next())).toWire()).toEqual({
    code: 'ABORTED',
    message: 'operator',
  })
})
