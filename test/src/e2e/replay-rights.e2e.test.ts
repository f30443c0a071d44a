import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, callTool } from '../http.ts'
import type { Answer } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

let hub: TestStack
let names = 0

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

type Key = Pick<TestKey, 'key'>

interface Case {
  readonly operation: string
  readonly input: object
  readonly by: Key
  readonly id: string
}

const next = (): string => `replay-${++names}`

const http = ({ operation, input, id }: Case, by: Key): Promise<Answer> =>
  call(hub, by, operation, input, { 'idempotency-key': id })

/** What the call over a socket ends with. */
async function socket({ operation, input, id }: Case, by: Key) {
  await using client = await PlainSocket.open(hub.broker, by.key)
  return (await client.call(operation, input, { idempotencyKey: id })).payload
}

/** What the call through MCP gives. */
async function mcp({ operation: operationId, input, id: idempotencyKey }: Case, by: Key) {
  return (await callTool(hub, by, { operationId, input, idempotencyKey })).data
}

/** The first call succeeds, and its repetition is answered with it for `by` at every entry point. */
async function replays(one: Case, by: Key): Promise<true> {
  const first = (await http(one, one.by)).body
  expect(first).toHaveProperty('data')
  expect((await http(one, by)).body).toEqual(first)
  expect(await socket(one, by)).toMatchObject({ output: first, replayed: true })
  expect(await mcp(one, by)).toEqual(first.data)
  return true
}

/** The first call has succeeded, and its repetition is denied to `by` at every entry point. */
async function denies(one: Case, by: Key): Promise<true> {
  const expected = { code: 'ACCESS_DENIED', details: { reason: 'REPLAY_NEEDS_FIRST_RIGHTS' } }
  expect(await http(one, by)).toMatchObject({ status: 403, body: expected })
  expect(await socket(one, by)).toMatchObject(expected)
  expect(await mcp(one, by)).toMatchObject(expected)
  return true
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
async function done(key: Key, operation: string, input: object): Promise<any> {
  const { body } = await call(hub, key, operation, input)
  expect({ operation, ...body }).toHaveProperty('data')
  return body.data
}

const cases: Readonly<Record<string, () => Promise<Case & { readonly narrow: Key }>>> = {
  'keys.update of a key that has more': async () => {
    const by = await hub.createKey(['keys:*', 'fs:read'])
    const narrow = await hub.createKey(['keys:*'], by.accountId)
    const { keyId } = await hub.createKey(['fs:read'], by.accountId)
    return { operation: 'keys.update', input: { keyId, name: 'new' }, by, narrow, id: next() }
  },
  'keys.revoke of a key that has more': async () => {
    const by = await hub.createKey(['keys:*', 'fs:read'])
    const narrow = await hub.createKey(['keys:*'], by.accountId)
    const { keyId } = await hub.createKey(['fs:read'], by.accountId)
    return { operation: 'keys.revoke', input: { keyId }, by, narrow, id: next() }
  },
  "keys.list of another account, for an admin's key": async () => {
    const narrow = await hub.createKey(['keys:*'], hub.admin.accountId)
    const { accountId } = await hub.createKey([])
    const input = { accountId }
    return { operation: 'keys.list', input, by: hub.admin, narrow, id: next() }
  },
  'accounts.me with the scopes of a greater key': async () => {
    const by = await hub.createKey(['accounts:*', 'fs:read'])
    const narrow = await hub.createKey(['accounts:*'], by.accountId)
    return { operation: 'accounts.me', input: {}, by, narrow, id: next() }
  },
  'hub.list with the operations of a greater key': async () => {
    const by = await hub.createKey(['hub:read', 'keys:*'])
    const narrow = await hub.createKey(['hub:read'], by.accountId)
    return { operation: 'hub.list', input: {}, by, narrow, id: next() }
  },
  'spokes.list with a resource of the other key': async () => {
    const { accountId } = await hub.createKey([])
    const make = async (resources: object): Promise<Key> =>
      done(hub.admin, 'keys.create', { accountId, name: 'k', scopes: ['spokes:*'], resources })
    const by = await make({ 'spoke:theirs': ['call'] })
    const narrow = await make({})
    return { operation: 'spokes.list', input: {}, by, narrow, id: next() }
  },
}

test.for(Object.entries(cases))(
  'the answer of %s is denied to a key with less, and repeated for the key itself',
  async ([, make]) => {
    const one = await make()
    expect(await replays(one, one.by)).toBe(true)
    expect(await denies(one, one.narrow)).toBe(true)
  },
)

test('a key with more rights, and the successor of a rotated key, get the first answer again', async () => {
  const by = await hub.createKey(['keys:*', 'accounts:read'])
  const wide = await hub.createKey(['*'], by.accountId)
  const one = { operation: 'accounts.me', input: {}, by, id: next() }
  expect(await replays(one, wide)).toBe(true)
  const successor: Key = await done(by, 'keys.rotate', { keyId: by.keyId, graceMs: 60_000 })
  expect(await replays(one, successor)).toBe(true)
  expect(await replays(one, by)).toBe(true)
})

test('a key that has lost a scope since gets no answer from before, and gets it again with the scope', async () => {
  const by = await hub.createKey(['accounts:read', 'keys:read', 'fs:read'])
  const one = { operation: 'keys.list', input: {}, by, id: next() }
  expect(await replays(one, by)).toBe(true)
  const update = (scopes: readonly string[]) =>
    done(hub.admin, 'keys.update', { keyId: by.keyId, scopes })
  await update(['keys:read'])
  expect(await denies(one, by)).toBe(true)
  await update(['accounts:read', 'keys:read', 'fs:read'])
  await expect.poll(async () => (await http(one, by)).status).toBe(200)
})

test('an account that is no longer an admin gets no answer from when it was one', async () => {
  const by = await hub.createKey(['*'])
  const set = (accessLevel: string) =>
    done(hub.admin, 'accounts.update', { accountId: by.accountId, accessLevel })
  await set('admin')
  const list = { operation: 'accounts.list', input: {}, by, id: next() }
  const audit = { operation: 'audit.list', input: {}, by, id: next() }
  expect(await replays(list, by)).toBe(true)
  expect(await replays(audit, by)).toBe(true)
  await set('user')
  expect(await denies(list, by)).toBe(true)
  expect(await denies(audit, by)).toBe(true)
})

/** An organization of `owner` with `member` in it. */
async function shared(owner: TestKey, member: TestKey, level = 'admin'): Promise<string> {
  const { orgId } = await done(owner, 'orgs.create', { name: next() })
  const { accountId } = member
  const invited = await done(owner, 'orgs.invite', { orgId, accountId, membershipLevel: level })
  await done(member, 'orgs.accept', { invitationId: invited.invitationId })
  return orgId
}

test('a member with a lower level, and who is no member any more, get no answer of the organization from before', async () => {
  const owner = await hub.createKey(['orgs:*'])
  const by = await hub.createKey(['orgs:*'])
  const orgId = await shared(owner, by)
  const { accountId } = by
  const one = { operation: 'orgs.update', input: { orgId, displayName: 'new' }, by, id: next() }
  expect(await replays(one, by)).toBe(true)
  await done(owner, 'orgs.setMembership', { orgId, accountId, membershipLevel: 'member' })
  expect(await denies(one, by)).toBe(true)
  const read = { operation: 'orgs.listMembers', input: { orgId }, by, id: next() }
  expect(await replays(read, by)).toBe(true)
  await done(owner, 'orgs.removeMember', { orgId, accountId })
  expect(await denies(read, by)).toBe(true)
})

test('a call that takes rights from its own caller is repeated with its answer', async () => {
  const owner = await hub.createKey(['orgs:*', 'keys:*', 'fs:read'])
  const heir = await hub.createKey(['orgs:*'])
  const orgId = await shared(owner, heir)
  const { accountId } = heir
  const give = { operation: 'orgs.transferOwnership', input: { orgId, accountId } }
  expect(await replays({ ...give, by: owner, id: next() }, owner)).toBe(true)
  const leave = { operation: 'orgs.removeMember', input: { orgId, accountId: owner.accountId } }
  expect(await replays({ ...leave, by: owner, id: next() }, owner)).toBe(true)
  expect(
    await replays({ operation: 'orgs.delete', input: { orgId }, by: heir, id: next() }, heir),
  ).toBe(true)
  const scopes = ['keys:*', 'orgs:*']
  const shorten = { operation: 'keys.update', input: { keyId: owner.keyId, scopes } }
  expect(await replays({ ...shorten, by: owner, id: next() }, owner)).toBe(true)
})

test('a failure that is repeated has the id of the first call, at every entry point', async () => {
  const by = await hub.createKey(['accounts:*', 'fs:read'])
  const narrow = await hub.createKey(['accounts:*'], by.accountId)
  const outsider = await hub.createKey([])
  const input = { accountId: outsider.accountId }
  const one = { operation: 'accounts.get', input, by, id: next() }
  const first = await http(one, by)
  expect(first).toMatchObject({ status: 404, body: { code: 'ACCOUNT_NOT_FOUND' } })
  expect(first.body.callId).toBeUndefined()
  const { requestId: callId, code, detail: message } = first.body
  const again = await http(one, by)
  expect(again).toMatchObject({ status: 404, body: { callId, code, detail: message } })
  expect(again.body.requestId).not.toBe(callId)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(await socket(one, by)).toMatchObject({ callId, code, message, replayed: true })
  expect(await mcp(one, by)).toMatchObject({ callId, code, message })
  expect(await denies(one, narrow)).toBe(true)
})
