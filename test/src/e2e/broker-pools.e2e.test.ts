import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, call } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

// A spoke's key may attach and nothing else: what it may call has nothing to say about the pool.
let hub: TestStack
let key: TestKey
const text = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }
const guarded = {
  pool: true,
  inputSchema: text,
  outputSchema: { type: 'string' },
  accessControl: { requiredScopes: ['t:run'] },
}

beforeAll(async () => {
  hub = await startTestStack()
  key = await hub.createKey(['spokes:attach'], hub.admin.accountId)
})
afterAll(() => hub?.[Symbol.asyncDispose]())

/** What `hub.register` says of one operation, and its socket. */
async function join(
  who: TestKey,
  name: string,
  more: object,
): Promise<{ readonly said: unknown; readonly socket: PlainSocket }> {
  const socket = await PlainSocket.open(hub.broker, who.key)
  const { payload } = await register(socket, name, [specOf('echo', { ...guarded, ...more })])
  return { said: payload.output?.data.operations[0] ?? payload, socket }
}

test('who does not keep the pool’s promise is quarantined with the reason, and called by its pinned name', async () => {
  await using _first = await HandSpoke.attach(hub.broker, key.key, 'pool-first', [
    specOf('echo', guarded),
  ])
  const narrow = await join(key, 'pool-narrow', {
    inputSchema: { ...text, properties: { text: { type: 'string', maxLength: 3 } } },
  })
  const loose = await join(key, 'pool-loose', { outputSchema: {} })
  const major = await join(key, 'pool-major', { version: '2.0.0' })
  const kind = await join(key, 'pool-kind', { type: 'mutation' })
  const wide = await join(key, 'pool-wide', {
    version: '1.0.1',
    inputSchema: { type: 'object', properties: { text: {} } },
  })
  expect(wide.said).toMatchObject({ status: 'active' })
  const reasons = [narrow, loose, major, kind].map(({ said }) => said)
  expect(reasons).toMatchObject([
    { status: 'quarantined', reason: expect.stringContaining('does not take every input') },
    { status: 'quarantined', reason: expect.stringContaining('does not allow') },
    { status: 'quarantined', reason: 'The pool is at version 1.0.0, this is 2.0.0.' },
    { status: 'quarantined', reason: 'The pool offers a query, this is a mutation.' },
  ])
  await expect
    .poll(
      async () =>
        (await ask(hub, 'GET', '/api/operations/t.echo', { key: hub.admin.key })).body.providers,
    )
    .toHaveLength(2)
  const pinned = call(hub, hub.admin, 'client.pool-narrow.t.echo', { text: 'abc' })
  const asked = await narrow.socket.next((frame) => frame.type === 'call.requested')
  const meta = { source: 'local', operationId: 't.echo', timestamp: 1 }
  narrow.socket.send('call.responded', asked.id, { output: { data: 'abc', meta } })
  expect((await pinned).body.data).toBe('abc')
  for (const { socket } of [wide, narrow, loose, major, kind]) await socket[Symbol.asyncDispose]()
})

test('a spoke that returns with another schema is not held against what it was itself', async () => {
  const before = await join(key, 'alone', { name: 'solo' })
  expect(before.said).toMatchObject({ status: 'active' })
  before.socket.socket.terminate()
  const after = await join(key, 'alone', { name: 'solo', version: '4.0.0', inputSchema: true })
  expect(after.said).toMatchObject({ status: 'active' })
  await after.socket[Symbol.asyncDispose]()
})

test('a higher version of another account changes nothing for others', async () => {
  const outsider = await hub.createKey(['spokes:attach'])
  await using mine = await HandSpoke.attach(hub.broker, key.key, 'calm', [
    specOf('calm', { ...guarded, inputSchema: {} }),
  ])
  const other = await join(outsider, 'spoiler', {
    name: 'calm',
    version: '99.0.0',
    type: 'mutation',
    accessControl: { requiredScopes: ['none:has'] },
  })
  expect(other.said).toMatchObject({ status: 'active' })
  const pending = call(hub, hub.admin, 't.calm')
  mine.answer((await mine.asked()).id, 'still here')
  expect((await pending).body.data).toBe('still here')
  await other.socket[Symbol.asyncDispose]()
})
