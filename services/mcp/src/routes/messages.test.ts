import { expect, test } from 'vitest'
import { messagesIn } from './messages.ts'

const read = (text: string) => messagesIn(new TextEncoder().encode(text))

test.each([
  ['alone', '{"method":"subscriptions/listen"}'],
  ['in a list, with an escape', '[{"method":"ping"},{"method":"subscriptions\\/listen"}]'],
])('a message that opens a stream is recognized %s', (_how, text) => {
  expect(read(text).listens).toBe(true)
})

test.each([
  '{"method":"tools/call","params":{"name":"subscriptions/listen"}}',
  'subscriptions/listen',
  'null',
])('the body %j opens no stream', (text) => {
  expect(read(text).listens).toBe(false)
})

test('the ids of requests are those of messages with a method and a valid id', () => {
  const text =
    '[{"id":1,"method":"a"},{"id":"x","method":"b"},{"id":2,"result":{}},{"id":{},"method":"c"},{"method":"d"}]'
  expect(read(text).requests).toEqual([1, 'x'])
})

test('cancellations are read from notifications only', () => {
  const text =
    '[{"method":"notifications/cancelled","params":{"requestId":3}},{"method":"other","params":{"requestId":4}},{"method":"notifications/cancelled"}]'
  expect(read(text).cancelled).toEqual([3])
})

test('the first message of a session is recognized', () => {
  expect([
    read('{"id":1,"method":"initialize"}').initializes,
    read('{"id":1,"method":"ping"}').initializes,
  ]).toEqual([true, false])
})

test('a request without a body has no messages', () => {
  expect(messagesIn(undefined)).toEqual({
    initializes: false,
    listens: false,
    takesLong: false,
    requests: [],
    cancelled: [],
  })
})

test('a call with a deadline of more than 30 s takes long', () => {
  const call = (deadlineMs: unknown) =>
    read(
      JSON.stringify({
        id: 1,
        method: 'tools/call',
        params: { name: 'call', arguments: { deadlineMs } },
      }),
    )
  expect([30_001, 30_000, '60000', undefined].map((ms) => call(ms).takesLong)).toEqual([
    true,
    false,
    false,
    false,
  ])
})

test.each([
  '{"method":"tools/call","params":null}',
  '{"method":"tools/call","params":{"arguments":null}}',
])('the body %j does not take long', (text) => {
  expect(read(text).takesLong).toBe(false)
})
