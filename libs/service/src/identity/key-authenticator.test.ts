import { CodedError } from '@alkdev/errors'
import { createKeys, MemoryStore } from 'keypal'
import type { ApiKeyRecord } from 'keypal'
import { expect, test } from 'vitest'
import { createKeyAuthenticator } from './key-authenticator.ts'
import { KEY_PREFIX } from './key-prefix.ts'
import type { KeyAuthenticator } from './key-authenticator.ts'

/** A store that counts its readings and can be made unavailable. */
class CountingStore extends MemoryStore {
  reads = 0
  away = false
  /** The members that all records share. */
  extra: Readonly<Record<string, unknown>> | undefined

  override async findByHash(hash: string) {
    this.reads += 1
    if (this.away) throw new Error('Postgres is unavailable')
    return this.#withExtra(await super.findByHash(hash))
  }

  override async findById(id: string) {
    if (this.away) throw new Error('Postgres is unavailable')
    return this.#withExtra(await super.findById(id))
  }

  #withExtra(record: ApiKeyRecord | null): ApiKeyRecord | null {
    return record && this.extra ? { ...record, extra: this.extra } : record
  }
}

async function setup() {
  const store = new CountingStore()
  const state = { fresh: true }
  const keys = createKeys({ prefix: KEY_PREFIX, storage: store, isFresh: () => state.fresh })
  const created = await keys.create({ ownerId: 'alice', scopes: ['fs:read'] })
  const other = createKeys({ prefix: KEY_PREFIX, storage: store })
  return { store, state, keys, other, ...created, authenticator: createKeyAuthenticator(keys) }
}

async function outcome(authenticator: KeyAuthenticator, key: string): Promise<string> {
  try {
    return (await authenticator.authenticateKey(key)).identity.id
  } catch (error) {
    return CodedError.from(error).code
  }
}

test('a key is looked up once, then authenticated synchronously', async () => {
  const { authenticator, key, record, store } = await setup()
  const identity = { id: 'alice', keyId: record.id, scopes: ['fs:read'], resources: {}, orgIds: [] }
  expect(await authenticator.authenticate({ authorization: `Bearer ${key}` })).toEqual({ identity })
  expect(authenticator.authenticate({ 'x-api-key': key })).toEqual({ identity })
  expect(store.reads).toBe(1)
})

test('a cached key gives the same frozen object each time', async () => {
  const { authenticator, key } = await setup()
  const first = await authenticator.authenticateKey(key)
  expect(authenticator.authenticateKey(key)).toBe(first)
  expect([Object.isFrozen(first), Object.isFrozen(first.identity)]).toEqual([true, true])
})

test('a key check returns the limits, expiry and access level that the record holds', async () => {
  const { authenticator, keys, store } = await setup()
  const expiresAt = new Date(Date.now() + 60_000).toISOString()
  const { key, record } = await keys.create({ ownerId: 'carol', scopes: [], expiresAt })
  const limits = { account: { perMinute: 3 }, organizations: {} }
  store.extra = { limits, accessLevel: 'admin' }
  const found = await authenticator.authenticateKey(key)
  const held = { limits, accessLevel: 'admin', expiresAtMs: Date.parse(expiresAt) }
  expect(found).toMatchObject({ identity: { id: 'carol' }, ...held })
  store.extra = { limits: { organizations: {} }, accessLevel: 'user' }
  keys.invalidate({ keyId: record.id })
  expect(await authenticator.recheck(found.identity)).toMatchObject({
    ...store.extra,
    expiresAtMs: held.expiresAtMs,
  })
})

test('each authenticator reports the expiry of a key once', async () => {
  const { keys, key, record } = await setup()
  const noted: unknown[] = []
  for (const name of ['one', 'other']) {
    const authenticator = createKeyAuthenticator(keys, (...expiry) => noted.push([name, ...expiry]))
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await authenticator.authenticateKey(key)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await authenticator.authenticateKey(key)
  }
  expect(noted).toEqual([
    ['one', record.id, undefined],
    ['other', record.id, undefined],
  ])
})

test('a missing, a wrong and a revoked key get the same error', async () => {
  const { authenticator, keys, key, record } = await setup()
  expect(() => authenticator.authenticate({})).toThrow('No key was shown')
  expect(await outcome(authenticator, 'alk_wrong')).toBe('UNAUTHENTICATED')
  expect(await outcome(authenticator, keys.generateKey())).toBe('UNAUTHENTICATED')
  await keys.revoke(record.id)
  expect(await outcome(authenticator, key)).toBe('UNAUTHENTICATED')
})

test('with a stale change list a known key is looked up, and UNAVAILABLE when that fails', async () => {
  const { authenticator, key, store, state } = await setup()
  expect(await outcome(authenticator, key)).toBe('alice')
  store.away = true
  expect(await outcome(authenticator, key)).toBe('alice')
  state.fresh = false
  expect(await outcome(authenticator, key)).toBe('UNAVAILABLE')
  store.away = false
  expect(await outcome(authenticator, key)).toBe('alice')
})

test('a key revoked by another process is admitted from the cache until the change arrives', async () => {
  const { authenticator, keys, other, key, record } = await setup()
  await authenticator.authenticateKey(key)
  await other.revoke(record.id)
  expect(await outcome(authenticator, key)).toBe('alice')
  keys.invalidate({ keyId: record.id })
  expect(await outcome(authenticator, key)).toBe('UNAUTHENTICATED')
})

test('an identity that outlives its request is checked again by its key', async () => {
  const { authenticator, other, key, record, store } = await setup()
  const { identity } = await authenticator.authenticateKey(key)
  expect(await authenticator.recheck(identity)).toMatchObject({ identity: { id: 'alice' } })
  expect(await authenticator.recheck({ id: 'without-key', scopes: [] })).toBeUndefined()
  await other.disable(record.id)
  expect(await authenticator.recheck(identity)).toBeUndefined()
  store.away = true
  await expect(authenticator.recheck(identity)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
