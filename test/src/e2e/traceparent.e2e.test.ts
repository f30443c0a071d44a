import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

const TRACE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

let hub: TestStack
let spoke: HandSpoke

beforeAll(async () => {
  hub = await startTestStack()
  const key = await hub.createKey(['spokes:attach', 'hub:*'], hub.admin.accountId)
  const operations = [specOf('outer'), specOf('inner')]
  spoke = await HandSpoke.attach(hub.broker, key.key, 'traced', operations)
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

test('the trace of an HTTP call reaches the spoke, and the nested call that the spoke makes belongs to it', async () => {
  const answer = call(hub, hub.admin, spoke.id('outer'), {}, { traceparent: TRACE })
  const outer = await spoke.asked()
  expect(outer.payload.traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-01$`))
  const nested = { operationId: spoke.id('inner'), input: {}, parentRequestId: outer.id }
  spoke.socket.send('call.requested', 'nested', nested)
  const inner = await spoke.asked()
  expect(inner.payload.traceparent).toBe(outer.payload.traceparent)
  spoke.answer(inner.id, 1)
  spoke.answer(outer.id, 2)
  expect((await answer).headers.get('traceparent')).toBe(outer.payload.traceparent)
})

test('the trace in a call.requested reaches the spoke, and one that is malformed is ignored', async () => {
  await using socket = await PlainSocket.open(hub.broker, hub.admin.key)
  for (const [traceparent, expected] of [
    [TRACE, TRACE],
    ['nonsense', undefined],
  ]) {
    const answer = socket.call(spoke.id('outer'), {}, { traceparent })
    const request = await spoke.asked()
    expect(request.payload.traceparent).toBe(expected)
    spoke.answer(request.id, 1)
    expect((await answer).type).toBe('call.responded')
  }
})
