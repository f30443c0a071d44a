import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import type { Answer } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack
let spoke: HandSpoke

beforeAll(async () => {
  hub = await startTestStack()
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const operations = [specOf('x'), specOf('stream', { type: 'subscription' })]
  spoke = await HandSpoke.attach(hub.broker, key, 'answers', operations)
  const schema = (): Promise<Answer> =>
    call(hub, hub.admin, 'hub.schema', { operationId: spoke.id('x') })
  await vi.waitUntil(async () => (await schema()).status === 200, { timeout: 10_000 })
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

const over = () => call(hub, hub.admin, spoke.id('x'), {})
/** The call continues over every socket of the spoke: it is asked, and answers. */
async function works(): Promise<true> {
  const answer = over()
  spoke.answer((await spoke.asked()).id, 'works')
  expect(await answer).toMatchObject({ status: 200, body: { data: 'works' } })
  return true
}

test.for([
  [{ data: 1 }],
  [{ data: null }],
  [{ data: 1, meta: {} }],
  [{ data: 1, meta: { source: 'local', note: 'kept' } }],
  [{ data: 1, meta: { timestamp: 5 } }],
])('the hub fills in what a spoke leaves out of an answer: %j', async ([output]) => {
  const answer = over()
  const { id } = await spoke.asked()
  spoke.socket.send('call.responded', id, { output })
  const { data, meta } = output as { data: unknown; meta?: object }
  expect(await answer).toMatchObject({
    status: 200,
    body: {
      data,
      meta: {
        timestamp: expect.any(Number),
        ...meta,
        source: 'local',
        operationId: spoke.id('x'),
        callId: expect.any(String),
      },
    },
  })
})

test.for([
  ['call.responded', {}, '/payload/output must be an object'],
  ['call.responded', { output: {} }, '/payload/output/data is missing'],
  ['call.responded', { output: { meta: {} } }, '/payload/output/data is missing'],
  ['call.responded', { output: { data: 1, meta: 7 } }, '/payload/output/meta must be an object'],
  ['call.responded', { output: { data: 1, meta: { source: 'x' } } }, '/payload/output/meta/source'],
  ['call.responded', { output: { data: 1 }, seq: 'one' }, '/payload/seq must be a whole number'],
  ['call.error', { message: 'no code' }, '/payload/code must be a string'],
  ['call.error', { code: 'X' }, '/payload/message must be a string'],
  ['call.completed', { count: -1 }, '/payload/count must be a whole number'],
  ['call.aborted', { reason: 5 }, '/payload/reason must be a string'],
] as const)(
  'a faulty %s with %j fails its own call, and every other call on the socket continues',
  async ([type, payload, named]) => {
    const other = over()
    const { id: otherId } = await spoke.asked()
    const failed = over()
    const { id } = await spoke.asked()
    spoke.socket.send(type, id, payload)
    const { status, body } = await failed
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'EXECUTION_ERROR' })
    expect(body.detail).toContain(named)
    spoke.answer(otherId, 'other')
    expect((await other).body.data).toBe('other')
    expect(await works()).toBe(true)
  },
)

test('a faulty item ends its stream and aborts it at the spoke, and the items before it are kept', async () => {
  await using client = await PlainSocket.open(hub.broker, hub.admin.key)
  client.send('call.requested', 's', { operationId: spoke.id('stream'), input: {} })
  const { id } = await spoke.asked()
  spoke.socket.send('call.responded', id, { output: { data: 'first' }, seq: 1 })
  expect((await client.next((frame) => frame.id === 's')).payload).toMatchObject({
    output: { data: 'first', meta: { source: 'local', operationId: spoke.id('stream') } },
  })
  spoke.socket.send('call.responded', id, { output: { value: 'second' }, seq: 2 })
  expect((await client.next((frame) => frame.id === 's')).payload).toMatchObject({
    code: 'EXECUTION_ERROR',
  })
  await spoke.received('call.aborted', id)
  expect(await works()).toBe(true)
})

test('a faulty answer to an unknown call is ignored', async () => {
  spoke.socket.send('call.responded', 'unknown', { output: {} })
  expect(await works()).toBe(true)
})
