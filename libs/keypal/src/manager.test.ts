import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { ApiKeyError, createKeys, MemoryStore } from './index.ts'
import type { ApiKeyManager, ConfigInput, Storage } from './index.ts'

const START = Date.UTC(2030, 0, 1)

function setup(config: ConfigInput = {}): { keys: ApiKeyManager; clock: { now: number } } {
  const clock = { now: START }
  return {
    keys: createKeys({ prefix: 'alk_', auditLogs: true, now: () => clock.now, ...config }),
    clock,
  }
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run
  } catch (error) {
    if (error instanceof ApiKeyError) return error.code
  }
  return 'none'
}

test('a key is shown once and stored as its hash only', async () => {
  const store = new MemoryStore()
  const { keys } = setup({ storage: store })
  const { key, record } = await keys.create({ ownerId: 'o', name: 'ci', tags: ['CI', 'ci', 'Eu'] })
  expect(record.keyHash).toBe(keys.hashKey(key))
  expect(keys.validateKey(key, record.keyHash)).toBe(true)
  expect(keys.validateKey(`${key}x`, record.keyHash)).toBe(false)
  expect(record.metadata.tags).toEqual(['ci', 'eu'])
  expect(record.metadata.hint).toBe(key.slice(0, 8))
  const shown =
    inspect([store, keys], { depth: 20, showHidden: true }) + JSON.stringify(await keys.getLogs())
  expect(shown).not.toContain(key)
  expect((await keys.findByHash(record.keyHash))?.id).toBe(record.id)
})

test('a salt and another algorithm give other hashes of the same keys', () => {
  const key = setup().keys.generateKey()
  const hashes = [{}, { salt: 'a' }, { salt: 'b' }, { algorithm: 'sha512' as const }].map(
    (options) => createKeys(options).hashKey(key),
  )
  expect(new Set(hashes).size).toBe(4)
  expect(hashes.map((hash) => hash.length)).toEqual([64, 64, 64, 128])
})

test.each([
  ['no owner', { ownerId: '' }],
  ['an expiry in the past', { ownerId: 'o', expiresAt: '2029-12-31T23:59:59Z' }],
  ['an expiry at this moment', { ownerId: 'o', expiresAt: '2030-01-01T00:00:00Z' }],
  ['an expiry that is no time', { ownerId: 'o', expiresAt: 'some day' }],
  ['an expiry without a zone', { ownerId: 'o', expiresAt: '2031-01-01T00:00:00' }],
  ['an expiry on a day that is none', { ownerId: 'o', expiresAt: '2031-13-41T00:00:00Z' }],
  ['a duration that is none', { ownerId: 'o', expiresIn: 'soon' }],
  ['expiry and duration', { ownerId: 'o', expiresIn: '1d', expiresAt: null }],
  ['an empty scope', { ownerId: 'o', scopes: [''] }],
  ['a resource without a type', { ownerId: 'o', resources: { p1: ['read'] } }],
  ['too many tags', { ownerId: 'o', tags: Array.from({ length: 1001 }, (_, n) => `t${n}`) }],
  ['a name that is too long', { ownerId: 'o', name: 'n'.repeat(1025) }],
])('a key with %s is refused', async (_name, input) => {
  expect(await codeOf(setup().keys.create(input))).toBe('INVALID_INPUT')
})

test('states change once, in the directions that make sense, each with its code', async () => {
  const { keys } = setup()
  const { id } = (await keys.create({ ownerId: 'o' })).record
  expect(await codeOf(keys.enable(id))).toBe('ALREADY_ENABLED')
  await keys.disable(id)
  expect(await codeOf(keys.disable(id))).toBe('ALREADY_DISABLED')
  await keys.enable(id)
  await keys.revoke(id)
  expect(await codeOf(keys.revoke(id))).toBe('ALREADY_REVOKED')
  for (const change of [
    keys.enable(id),
    keys.disable(id),
    keys.update(id, { name: 'x' }),
    keys.rotate(id),
  ])
    expect(await codeOf(change)).toBe('CANNOT_MODIFY_REVOKED')
  for (const change of [
    keys.revoke('none'),
    keys.enable('none'),
    keys.rotate('none'),
    keys.update('none', {}),
  ])
    expect(await codeOf(change)).toBe('KEY_NOT_FOUND')
})

test('update changes what it names', async () => {
  const { keys } = setup()
  const { record, key } = await keys.create({
    ownerId: 'o',
    name: 'a',
    scopes: ['x:y'],
    expiresIn: '1d',
  })
  await keys.verify(key)
  const updated = await keys.update(record.id, { scopes: ['x:z'], expiresAt: null })
  expect(updated.metadata).toEqual({ ...record.metadata, scopes: ['x:z'], expiresAt: null })
  expect((await keys.verify(key)).record?.metadata.scopes).toEqual(['x:z'])
})

test('a rotated key takes over what is not overridden, and the old one ends at once', async () => {
  const { keys } = setup()
  const old = await keys.create({
    ownerId: 'o',
    name: 'a',
    scopes: ['x:y'],
    tags: ['t'],
    expiresIn: '1d',
  })
  const next = await keys.rotate(old.record.id, { scopes: ['x:z'] })
  const { name, tags, expiresAt } = old.record.metadata
  expect(next.record.metadata).toMatchObject({
    ownerId: 'o',
    name,
    tags,
    expiresAt,
    scopes: ['x:z'],
    enabled: true,
  })
  expect(next.oldRecord.metadata).toMatchObject({
    rotatedTo: next.record.id,
    revokedAt: '2030-01-01T00:00:00.000Z',
  })
  expect((await keys.verify(old.key)).errorCode).toBe('REVOKED')
  expect((await keys.verify(next.key)).valid).toBe(true)
})

test('with a grace period the old key stays good until its end, never beyond its own expiry, and rotates no second time', async () => {
  const { keys, clock } = setup()
  const long = await keys.create({ ownerId: 'o' })
  const short = await keys.create({ ownerId: 'o', expiresIn: '1m' })
  await keys.rotate(long.record.id, { graceMs: 600_000 })
  const rotated = await keys.rotate(short.record.id, { graceMs: 600_000, expiresAt: null })
  expect(rotated.record.metadata.expiresAt).toBeNull()
  expect(await codeOf(keys.rotate(long.record.id))).toBe('ALREADY_ROTATED')
  clock.now += 60_000
  expect((await keys.verify(short.key)).errorCode).toBe('EXPIRED')
  clock.now += 539_999
  expect((await keys.verify(long.key)).valid).toBe(true)
  clock.now += 1
  expect((await keys.verify(long.key)).errorCode).toBe('EXPIRED')
})

test('rotating keeps a disabled key disabled and makes no expired one', async () => {
  const { keys, clock } = setup()
  const { record } = await keys.create({ ownerId: 'o', expiresIn: '1h' })
  await keys.disable(record.id)
  const next = await keys.rotate(record.id)
  expect((await keys.verify(next.key)).errorCode).toBe('DISABLED')
  clock.now += 3_600_000
  expect(await codeOf(keys.rotate(next.record.id))).toBe('INVALID_INPUT')
  expect(await codeOf(keys.rotate(next.record.id, { graceMs: -1 }))).toBe('INVALID_INPUT')
  expect((await keys.rotate(next.record.id, { expiresIn: '1h' })).record.metadata.enabled).toBe(
    false,
  )
})

test('all keys of an owner are revoked, those that were revoked before are passed over', async () => {
  const { keys } = setup()
  const mine = await Promise.all(Array.from({ length: 3 }, () => keys.create({ ownerId: 'o' })))
  const other = await keys.create({ ownerId: 'p' })
  await keys.revoke(mine[0]?.record.id ?? '')
  expect(await keys.revokeAll('o', { userId: 'admin' })).toBe(2)
  expect(await keys.revokeAll('o')).toBe(0)
  expect((await keys.verify(other.key)).valid).toBe(true)
  expect((await keys.list('o')).every(({ metadata }) => metadata.revokedAt !== null)).toBe(true)
  expect(await keys.countLogs({ ownerId: 'o', action: 'revoked' })).toBe(3)
})

test('tags find keys whatever their case', async () => {
  const { keys } = setup()
  const { record } = await keys.create({ ownerId: 'o', tags: ['Deploy'] })
  expect((await keys.findByTag('DEPLOY')).map(({ id }) => id)).toEqual([record.id])
  expect(await keys.findByTags(['deploy'], 'p')).toEqual([])
})

test('logs say who, what and from where, with the standing context beneath', async () => {
  const { keys } = setup({ auditContext: { userAgent: 'hub', metadata: { region: 'eu' } } })
  const { record } = await keys.create(
    { ownerId: 'o', name: 'n' },
    { userId: 'u1', ip: '192.0.2.1', metadata: { why: 'x' } },
  )
  const [log] = await keys.getLogs({ keyId: record.id })
  expect(log).toMatchObject({
    action: 'created',
    ownerId: 'o',
    timestamp: '2030-01-01T00:00:00.000Z',
    context: {
      userId: 'u1',
      ip: '192.0.2.1',
      userAgent: 'hub',
      metadata: { region: 'eu', why: 'x', name: 'n', scopes: [] },
    },
  })
  await keys.rotate(record.id, {}, { userId: 'u2' })
  expect((await keys.getLogs({ ownerId: 'o' })).map(({ action }) => action)).toEqual([
    'rotated',
    'created',
    'created',
  ])
  expect(await keys.getLogStats('o')).toMatchObject({
    total: 3,
    byAction: { created: 2, rotated: 1 },
  })
  expect(await keys.clearLogs(record.id)).toBe(2)
})

test('log queries are checked, and deleting all by mistake is not possible', async () => {
  const { keys } = setup()
  for (const query of [{ limit: 0 }, { limit: 1001 }, { offset: -1 }, { startDate: 'x' }])
    expect(await codeOf(keys.getLogs(query))).toBe('INVALID_INPUT')
  expect(await codeOf(keys.deleteLogs({}))).toBe('INVALID_INPUT')
  expect(await codeOf(keys.deleteLogs({ limit: 5 }))).toBe('INVALID_INPUT')
  expect(await codeOf(setup({ auditLogs: false }).keys.getLogs())).toBe('AUDIT_LOGGING_DISABLED')
  const store = Object.assign(new MemoryStore(), { deleteLogs: undefined }) as unknown as Storage
  expect(await codeOf(setup({ storage: store }).keys.clearLogs('x'))).toBe('STORAGE_NOT_SUPPORTED')
})

test('keys of an owner are found, and a use can be counted by hand', async () => {
  const { keys, clock } = setup()
  const { record } = await keys.create({ ownerId: 'o' })
  clock.now += 5
  await keys.updateLastUsed(record.id)
  const [found] = await keys.list('o')
  expect(found?.metadata).toMatchObject({
    usageCount: 1,
    lastUsedAt: new Date(clock.now).toISOString(),
  })
  expect(keys.isExpired(record)).toBe(false)
})

test.each<[string, unknown, string]>([
  ['null', null, 'MISSING_KEY'],
  ['undefined', undefined, 'MISSING_KEY'],
  ['a number', 5, 'MISSING_KEY'],
  ['a list', ['key'], 'MISSING_KEY'],
  ['a header that is null', { authorization: null }, 'MISSING_KEY'],
  ['a header that is a number', { authorization: 5 }, 'MISSING_KEY'],
  ['a header that is a list with null', { 'x-api-key': [null] }, 'MISSING_KEY'],
  ['a header that is an object', { authorization: { length: 1 } }, 'MISSING_KEY'],
])('verify answers %s with a refusal and does not throw', async (_, given, code) => {
  await using keys = createKeys()
  expect((await keys.verify(given as never)).errorCode).toBe(code)
  expect(await keys.verifyFromHeaders(given as never)).toBeNull()
})

test.each([['x-api-key'], [5], [['x api key']], [[null]]])(
  'verify finds no key where the option headerNames is %j',
  async (headerNames) => {
    await using keys = createKeys()
    const options = { headerNames } as never
    for (const headers of [{ 'x-api-key': 'k' }, new Headers({ 'x-api-key': 'k' })])
      expect((await keys.verify(headers, options)).errorCode).toBe('MISSING_KEY')
  },
)

test.each<[string, object]>([
  ['scope', { scope: ['a:b'] }],
  ['ratelimit', { ratelimit: 5 }],
  ['revokedAt', { revokedAt: '2030-01-01T00:00:00Z' }],
  ['enabled', { enabled: 'false' }],
  ['resources', { resources: [] }],
  ['resources', { resources: null }],
  ['expiresIn', { expiresIn: true }],
])('a wrong member %s is refused by create, update and rotate', async (name, details) => {
  await using keys = createKeys()
  const { record } = await keys.create({ ownerId: 'o' })
  for (const run of [
    () => keys.create({ ownerId: 'o', ...details }),
    () => keys.update(record.id, details),
    () => keys.rotate(record.id, details),
  ])
    await expect(run()).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(name),
    })
})

test('the metadata of a key can be passed on to a new one, and to rotate, which keeps the owner', async () => {
  await using keys = createKeys()
  const { record } = await keys.create({ ownerId: 'o', name: 'first' })
  const copy = await keys.create(record.metadata)
  expect(copy.record.metadata).toMatchObject({ ownerId: 'o', name: 'first', usageCount: 0 })
  const rotated = await keys.rotate(record.id, record.metadata)
  expect(rotated.record.metadata.ownerId).toBe('o')
  expect(await codeOf(keys.rotate(copy.record.id, { ownerId: 'p' }))).toBe('INVALID_INPUT')
})
