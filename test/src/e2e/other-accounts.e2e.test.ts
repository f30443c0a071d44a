import { addMember } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack
let owner: TestKey
let spoke: HandSpoke

beforeAll(async () => {
  hub = await startTestStack({ http: { trustedProxies: [] } })
  owner = await hub.createKey(['spokes:attach', 'hub:read', 'orgs:*', 'keys:*'])
  spoke = await HandSpoke.attach(hub.broker, owner.key, 'private', [specOf('x')])
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await hub?.[Symbol.asyncDispose]()
})

interface Running {
  readonly callId: string
  readonly answer: ReturnType<typeof call>
  end(): void
}

/** A call of the owner that runs until it is ended. */
async function run(): Promise<Running> {
  const answer = call(hub, owner, spoke.id('x'), { private: 'words' })
  const asked = await spoke.asked()
  return { callId: asked.id, answer, end: () => spoke.answer(asked.id, {}) }
}

const read = ({ key }: TestKey, callId: string) =>
  ask(hub, 'GET', `/api/calls/${callId}?tree=1`, { key })
const abort = ({ key }: TestKey, callId: string) =>
  ask(hub, 'DELETE', `/api/calls/${callId}`, { key })

test('a key with `*` of an ordinary account neither reads nor aborts calls of others', async () => {
  const outsider = await hub.createKey(['*'])
  const running = await run()
  for (const act of [read, abort])
    expect(await act(outsider, running.callId)).toMatchObject({
      status: 404,
      body: { code: 'CALL_NOT_FOUND' },
    })
  running.end()
  expect((await running.answer).status).toBe(200)
  await expect.poll(async () => (await read(owner, running.callId)).body.status).toBe('completed')
  expect((await read(outsider, running.callId)).status).toBe(404)
  expect((await abort(outsider, running.callId)).status).toBe(404)
  expect((await call(hub, outsider, 'calls.get', { callId: running.callId })).status).toBe(404)
})

test('a member of the organization reads calls with calls:read and aborts them with calls:abort, and an admin all', async () => {
  const colleague = await hub.createKey(['calls:read'])
  const orgs = await call(hub, owner, 'orgs.create', { name: 'shared-calls' })
  await addMember(hub.database.db, orgs.body.data.orgId, colleague.accountId, 'member')
  const stopper = await hub.createKey(['calls:abort'], colleague.accountId)
  const narrow = await hub.createKey(['hub:read'], hub.admin.accountId)
  const running = await run()
  expect((await read(colleague, running.callId)).body).toMatchObject({ callId: running.callId })
  expect((await read(hub.admin, running.callId)).status).toBe(200)
  expect((await read(narrow, running.callId)).status).toBe(404)
  expect((await read(stopper, running.callId)).status).toBe(404)
  expect((await abort(colleague, running.callId)).status).toBe(404)
  expect((await abort(stopper, running.callId)).status).toBe(200)
  expect((await running.answer).status).toBe(499)
})

/** Collects what the key is sent of the hub's events until `until` has come to `of`. */
async function events(keys: readonly TestKey[], act: () => Promise<void>): Promise<string[]> {
  const leave = new AbortController()
  const texts = keys.map(() => '')
  const streams = await Promise.all(
    keys.map(({ key }) =>
      fetch(`${hub.gateway}/api/events`, {
        headers: { authorization: `Bearer ${key}` },
        signal: leave.signal,
      }),
    ),
  )
  const reading = streams.map(async ({ body }, at) => {
    const decoder = new TextDecoder()
    for await (const chunk of body ?? []) texts[at] += decoder.decode(chunk as Uint8Array)
  })
  await act()
  await expect.poll(() => texts.at(-1)).toContain('key.created')
  leave.abort()
  await Promise.allSettled(reading)
  return texts
}

test('a key with `*` of an ordinary account sees no events of others, an admin does', async () => {
  const outsider = await hub.createKey(['*'])
  const seen = await events([outsider, hub.admin, owner], async () => {
    await call(hub, owner, 'keys.create', { name: 'noticed', scopes: [] })
    await call(hub, outsider, 'keys.create', { name: 'own', scopes: [] })
    await call(hub, owner, 'keys.create', { name: 'last', scopes: [] })
  })
  expect(seen[0]).not.toContain(owner.accountId)
  expect(seen[0]).toContain(outsider.accountId)
  expect(seen[1]).toContain(owner.accountId)
})

test('audit rows of others are for admins', async () => {
  const outsider = await hub.createKey(['*'])
  const { accountId } = owner
  expect((await call(hub, outsider, 'audit.list', { accountId })).status).toBe(403)
  const { items } = (await call(hub, outsider, 'audit.list')).body.data
  expect(items.every((one: { accountId: string }) => one.accountId === outsider.accountId)).toBe(
    true,
  )
  expect((await call(hub, hub.admin, 'audit.list', { accountId })).body.data.items).not.toEqual([])
})

test.each([
  { trustedProxies: [], ip: '127.0.0.1' },
  { trustedProxies: ['127.0.0.1'], ip: '203.0.113.7' },
])(
  'with trusted proxies $trustedProxies the audit row has the address $ip',
  async ({ trustedProxies, ip }) => {
    await using other = await startTestStack({ http: { trustedProxies } })
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    await call(other, other.admin, 'keys.create', { name: 'from', scopes: [] }, headers)
    const { items } = (await call(other, other.admin, 'audit.list', { action: 'keys.created' }))
      .body.data
    expect(items[0]).toMatchObject({ ip })
  },
)
