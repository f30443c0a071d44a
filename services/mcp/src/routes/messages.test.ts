import { expect, test } from 'vitest'
import { messagesIn } from './messages.ts'

const read = (text: string) => messagesIn(text)

test.each([
  ['alone', '{"id":3,"method":"subscriptions/listen"}'],
  ['in a list, with an escape', '[{"method":"ping"},{"id":3,"method":"subscriptions\\/listen"}]'],
])('a message that opens a stream is recognized %s', (_how, text) => {
  expect(read(text).listens).toEqual({ id: 3, uris: [] })
})

test.each([
  '{"method":"tools/call","params":{"name":"subscriptions/listen"}}',
  'subscriptions/listen',
  'null',
])('the body %j opens no stream', (text) => {
  expect(read(text).listens).toBeUndefined()
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

test('the first message of a session is recognized, with what the client declares', () => {
  const capabilities = { sampling: {} }
  const initialize = { id: 1, method: 'initialize', params: { capabilities } }
  expect([
    read(JSON.stringify(initialize)).initializes,
    read('{"id":1,"method":"ping"}').initializes,
  ]).toEqual([{ capabilities }, undefined])
})

test('the resources that a stream watches are the texts among the given ones', () => {
  const notifications = { resourceSubscriptions: ['a:b', 7] }
  const listen = { id: 1, method: 'subscriptions/listen', params: { notifications } }
  expect(read(JSON.stringify(listen)).listens).toEqual({ id: 1, uris: ['a:b'] })
})

test('answers of the client are messages with an id and a result or an error', () => {
  const text =
    '[{"id":"x","result":{}},{"id":1,"error":{"code":1,"message":""}},{"id":2,"method":"a"},{"id":3},{"result":{}}]'
  expect(read(text).answers.map(({ id }) => id)).toEqual(['x', 1])
})

test('a request without a body has no messages', () => {
  expect(messagesIn(undefined)).toEqual({
    takesLong: false,
    requests: [],
    cancelled: [],
    answers: [],
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

test('of a body with more messages than the protocol takes none is read', () => {
  const answers = (count: number) => Array.from({ length: count }, (_, id) => ({ id, result: {} }))
  expect(read(JSON.stringify(answers(100))).answers).toHaveLength(100)
  expect(read(JSON.stringify(answers(101))).answers).toEqual([])
})
