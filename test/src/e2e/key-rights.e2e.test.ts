import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import type { Answer } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack
let people = 0

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const NEVER = '2999-01-01T00:00:00.000Z'
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()

type Key = Pick<TestKey, 'key' | 'keyId'>

/** A key made over the hub by another one. */
async function make(
  by: Pick<TestKey, 'key'>,
  input: object,
): Promise<Key & { readonly expiresAt?: string }> {
  people += 1
  const { status, body } = await call(hub, by, 'keys.create', { name: `k${people}`, ...input })
  expect({ status, detail: body.detail }).toMatchObject({ status: 200 })
  return body.data
}

const update = (by: Pick<TestKey, 'key'>, keyId: string, change: object): Promise<Answer> =>
  call(hub, by, 'keys.update', { keyId, ...change })

const denied = { status: 403, body: { code: 'ACCESS_DENIED' } }
const conflict = { status: 409, body: { code: 'CONFLICT' } }

test('a key that ends makes keys that end with it at the latest, and inherits its end to them', async () => {
  const user = await hub.createKey(['keys:*'])
  const expiresAt = inMs(60_000)
  const ending = await make(user, { scopes: ['keys:*'], expiresAt })
  expect((await make(ending, { scopes: ['keys:read'] })).expiresAt).toBe(expiresAt)
  const earlier = inMs(30_000)
  expect((await make(ending, { scopes: [], expiresAt: earlier })).expiresAt).toBe(earlier)
  const later = { name: 'later', scopes: ['keys:read'], expiresAt: NEVER }
  expect(await call(hub, ending, 'keys.create', later)).toMatchObject(denied)
  expect((await make(user, { scopes: ['keys:read'] })).expiresAt).toBeUndefined()
})

test('a key that ends lifts neither its own end nor that of another key, and rotates none that lives longer', async () => {
  const user = await hub.createKey(['keys:*'])
  const ending = await make(user, { scopes: ['keys:*'], expiresAt: inMs(60_000) })
  const soon = await make(user, { scopes: ['keys:read'], expiresAt: inMs(30_000) })
  for (const keyId of [ending.keyId, soon.keyId])
    for (const expiresAt of [null, NEVER])
      expect(await update(ending, keyId, { expiresAt })).toMatchObject(denied)
  expect(await call(hub, ending, 'keys.rotate', { keyId: user.keyId })).toMatchObject(denied)
  const lasting = await make(user, { scopes: ['keys:read'] })
  expect(await update(ending, lasting.keyId, { scopes: ['keys:*'] })).toMatchObject(denied)
  await update(user, lasting.keyId, { enabled: false })
  expect(await update(ending, lasting.keyId, { enabled: true })).toMatchObject(denied)
  expect(await update(ending, ending.keyId, { expiresAt: inMs(40_000) })).toMatchObject({
    status: 200,
  })
  expect(await call(hub, ending, 'keys.rotate', { keyId: ending.keyId })).toMatchObject({
    status: 200,
  })
})

test('an admin whose key ends makes no key for another account that lives longer', async () => {
  const expiresAt = inMs(60_000)
  const ending = await make(hub.admin, { scopes: ['*'], expiresAt })
  const { accountId } = await hub.createKey([])
  const input = { name: 'theirs', scopes: [], accountId }
  expect(await call(hub, ending, 'keys.create', { ...input, expiresAt: NEVER })).toMatchObject(
    denied,
  )
  expect((await call(hub, ending, 'keys.create', input)).body.data.expiresAt).toBe(expiresAt)
})

test('a rotated key takes no later end, says by which key it was replaced, and makes nothing that outlives it', async () => {
  const user = await hub.createKey(['keys:*'])
  const old = await make(user, { scopes: ['keys:*'] })
  const graceMs = 60_000
  const rotated = await call(hub, user, 'keys.rotate', { keyId: old.keyId, graceMs })
  const rotatedTo = rotated.body.data.keyId
  for (const by of [old, user, hub.admin])
    for (const expiresAt of [null, NEVER])
      expect(await update(by, old.keyId, { expiresAt })).toMatchObject(conflict)
  const said = { rotatedTo, rotatedAt: expect.stringMatching(/^\d{4}-/) as string }
  const got = await call(hub, user, 'keys.get', { keyId: old.keyId })
  expect(got.body.data).toMatchObject(said)
  const { items } = (await call(hub, user, 'keys.list')).body.data
  expect(items.find((one: { keyId: string }) => one.keyId === old.keyId)).toMatchObject(said)
  const again = await call(hub, user, 'keys.rotate', { keyId: old.keyId })
  expect(again).toMatchObject({
    status: 409,
    body: {
      detail: expect.stringContaining(rotatedTo) as string,
      details: { reason: 'ALREADY_ROTATED', ...said },
    },
  })
  const child = await make(old, { scopes: [] })
  expect(child.expiresAt).toBe(got.body.data.expiresAt)
  expect(await update(user, old.keyId, { expiresAt: inMs(1000) })).toMatchObject({ status: 200 })
})

test('a key can neither disable, weaken, revoke nor rename one that has more rights', async () => {
  const strong = await hub.createKey(['*'])
  const weak = await hub.createKey(['keys:*'], strong.accountId)
  for (const change of [
    { enabled: false },
    { scopes: [] },
    { expiresAt: inMs(5000) },
    { name: 'x' },
  ])
    expect(await update(weak, strong.keyId, change)).toMatchObject(denied)
  const { keyId } = strong
  expect(await call(hub, weak, 'keys.revoke', { keyId })).toMatchObject(denied)
  expect(await call(hub, weak, 'keys.rotate', { keyId })).toMatchObject(denied)
  expect((await call(hub, strong, 'accounts.me')).status).toBe(200)
  expect(await call(hub, weak, 'keys.revoke', { keyId: weak.keyId })).toMatchObject({ status: 200 })
})

test('a key with `*` of an ordinary account cannot grant calls of the spokes of others', async () => {
  const user = await hub.createKey(['*'])
  const other = await hub.createKey(['spokes:attach'])
  await using theirs = await HandSpoke.attach(hub.broker, other.key, 'theirs', [specOf('x')])
  await using mine = await HandSpoke.attach(hub.broker, user.key, 'mine', [specOf('x')])
  const create = (resources: object, by = user): Promise<Answer> =>
    call(hub, by, 'keys.create', { name: 'r', scopes: [], resources })
  expect(await create({ [`spoke:${theirs.name}`]: ['call'] })).toMatchObject(denied)
  expect(await create({ 'spoke:*': ['call'] })).toMatchObject(denied)
  expect(await create({ [`spoke:${mine.name}`]: ['call'] })).toMatchObject({ status: 200 })
  expect(await create({ 'project:p': ['write'] })).toMatchObject({ status: 200 })
  expect(await create({ 'spoke:*': ['call'] }, hub.admin)).toMatchObject({ status: 200 })
})

test('a key that a limited key makes has its limits', async () => {
  const user = await hub.createKey(['keys:*', 'limits:read'])
  const limited = await make(user, { scopes: ['keys:*', 'limits:read'] })
  await call(hub, hub.admin, 'limits.set', { keyId: limited.keyId, perMinute: 50 })
  const child = await make(limited, { scopes: ['limits:read'] })
  const { items } = (await call(hub, user, 'limits.get', { keyId: child.keyId })).body.data
  expect(items).toMatchObject([{ of: 'key', window: 'minute', limit: 50 }])
})

test('a rotated key and its successor are counted together', async () => {
  const user = await hub.createKey(['keys:*'])
  const old = await make(user, { scopes: [] })
  await call(hub, hub.admin, 'limits.set', { keyId: old.keyId, perMinute: 4 })
  const statuses = async (key: Pick<TestKey, 'key'>): Promise<number[]> => {
    const first = await call(hub, key, 'accounts.me')
    return [first.status, (await call(hub, key, 'accounts.me')).status]
  }
  expect(await statuses(old)).toEqual([200, 200])
  const rotated = await call(hub, user, 'keys.rotate', { keyId: old.keyId, graceMs: 60_000 })
  const successor = rotated.body.data as TestKey
  expect(await statuses(successor)).toEqual([200, 200])
  expect(await statuses(successor)).toEqual([429, 429])
  expect(await statuses(old)).toEqual([429, 429])
})

test('what a spoke makes on behalf of a caller ends with the key of the spoke', async () => {
  const user = await hub.createKey(['keys:*', 'spokes:attach'])
  const expiresAt = inMs(60_000)
  const ending = await make(user, { scopes: ['keys:*', 'spokes:attach'], expiresAt })
  await using spoke = await HandSpoke.attach(hub.broker, ending.key, 'maker', [specOf('make')])
  await using caller = await PlainSocket.open(hub.broker, user.key)
  const pending = caller.call(spoke.id('make'), {})
  const { id } = await spoke.asked()
  const made = await spoke.socket.call(
    'keys.create',
    { name: 'nested', scopes: [] },
    { parentRequestId: id, metadata: { actingKeys: [] } },
  )
  expect(made.payload.output.data).toMatchObject({ expiresAt })
  spoke.answer(id, {})
  await pending
})

test('an expired or disabled key is not rotated, and the answer says what to do first', async () => {
  const user = await hub.createKey(['keys:*'])
  const key = await make(user, { scopes: [] })
  await update(user, key.keyId, { enabled: false })
  const disabled = await call(hub, user, 'keys.rotate', { keyId: key.keyId })
  expect(disabled).toMatchObject(conflict)
  expect(disabled.body.detail).toContain('enable it first')
  const short = await make(user, { scopes: [], expiresAt: inMs(300) })
  await expect.poll(async () => (await call(hub, short, 'accounts.me')).status).toBe(401)
  const expired = await call(hub, user, 'keys.rotate', { keyId: short.keyId })
  expect(expired).toMatchObject(conflict)
  expect(expired.body.detail).toContain('has expired')
})

test.each([
  ['2999-12-01t00:00:00z', '2999-12-01T00:00:00.000Z'],
  ['2999-12-01 00:00:00Z', '2999-12-01T00:00:00.000Z'],
  ['2998-12-31T23:59:60Z', '2999-01-01T00:00:00.000Z'],
  ['2999-12-01T02:00:00.5+02:00', '2999-12-01T00:00:00.500Z'],
])('the RFC 3339 time %s is taken as the end of a key', async (given, expiresAt) => {
  const user = await hub.createKey(['keys:*'])
  expect(await make(user, { scopes: [], expiresAt: given })).toMatchObject({ expiresAt })
})

test.each(['   ', '\u200B', 'a\nb', 'a\u001B[31m', 'a\u202Eb', 'a\0b', '\u2066x'])(
  'the name %j of a key is refused, as it would not be readable in a list',
  async (name) => {
    const user = await hub.createKey(['keys:*'])
    const { status, body } = await call(hub, user, 'keys.create', { name, scopes: [] })
    expect({ status, ...body.details.errors[0] }).toMatchObject({ status: 400, path: '/name' })
    const key = await make(user, { scopes: [], name: 'Zoë’s 键 👩‍💻' })
    expect(await update(user, key.keyId, { name })).toMatchObject({ status: 400 })
  },
)

test.each(['KEYS:read', 'keys:Read', 'Accounts:*'])(
  'the scope %s, which would grant nothing, is refused with the one that is meant',
  async (scope) => {
    const user = await hub.createKey(['*'])
    const { status, body } = await call(hub, user, 'keys.create', { name: 'x', scopes: [scope] })
    expect(status).toBe(400)
    expect(body.detail).toContain(scope.toLowerCase())
    expect(await make(user, { scopes: ['Mine:Read'] })).toHaveProperty('keyId')
  },
)

test('an empty Authorization header beside a good x-api-key is no second key', async () => {
  const user = await hub.createKey([])
  const response = await fetch(`${hub.gateway}/api/operations`, {
    headers: { authorization: '', 'x-api-key': user.key },
  })
  await response.body?.cancel()
  expect(response.status).toBe(200)
})

test('a cursor of the key list of another account is refused', async () => {
  const user = await hub.createKey(['keys:*'])
  await make(user, { scopes: [] })
  const { nextCursor } = (await call(hub, user, 'keys.list', { limit: 1 })).body.data
  const other = await hub.createKey(['keys:*'])
  expect(await call(hub, other, 'keys.list', { cursor: nextCursor })).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_ERROR' },
  })
  expect((await call(hub, user, 'keys.list', { cursor: nextCursor })).body.data.items).toHaveLength(
    1,
  )
})

test('an account has at most 5000 keys that can be used', async () => {
  const user = await hub.createKey(['keys:*'])
  await hub.database.sql`
    insert into api_keys (id, owner_id, key_hash)
    select 'many-' || n, ${user.accountId}, 'many-' || n from generate_series(1, 4998) as n`
  const last = await make(user, { scopes: [] })
  const over = await call(hub, user, 'keys.create', { name: 'over', scopes: [] })
  expect(over).toMatchObject({ ...conflict, body: { details: { reason: 'TOO_MANY_KEYS' } } })
  await call(hub, user, 'keys.revoke', { keyId: last.keyId })
  await make(user, { scopes: [] })
})
