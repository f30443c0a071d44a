import { CodedError } from '@alkdev/errors'
import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { createKeyAuthenticator } from './key-authenticator.ts'
import type { KeyAuthenticator, KnownKey } from './key-authenticator.ts'

const alice: Identity = { id: 'alice', keyId: 'key-1', scopes: ['fs:read'], orgIds: [] }
const KEY = 'alk_alice'

/** Keys as Postgres would have them, with a count of the looks. */
function setup(options: { readonly ttlMs?: number; readonly maxEntries?: number } = {}) {
  const keys = new Map<string, KnownKey>([[KEY, { identity: alice }]])
  const changes = { fresh: true, generation: 0 }
  const looks: string[] = []
  let failure: Error | undefined
  let during: (() => void) | undefined
  const authenticator = createKeyAuthenticator({
    changes,
    ...options,
    async lookup(key) {
      looks.push(key)
      if (failure !== undefined) throw failure
      const found = keys.get(key)
      during?.()
      return found
    },
    lookupId: async (keyId) => [...keys.values()].find(({ identity }) => identity.keyId === keyId),
  })
  return {
    authenticator,
    keys,
    changes,
    looks,
    fail: (error: Error | undefined) => (failure = error),
    whileLooking: (work: () => void) => (during = work),
  }
}

const codeOf = async (authenticator: KeyAuthenticator, key: string): Promise<string> => {
  try {
    await authenticator.authenticateKey(key)
    return 'good'
  } catch (error) {
    return CodedError.from(error).code
  }
}

test('a key is looked up once and then known at once, without a promise', async () => {
  const { authenticator, looks } = setup()
  expect(await authenticator.authenticate({ authorization: `Bearer ${KEY}` })).toEqual(alice)
  expect(authenticator.authenticate({ 'x-api-key': KEY })).toEqual(alice)
  expect(looks).toEqual([KEY])
})

test('requests that show a new key at the same time cost one look', async () => {
  const { authenticator, looks } = setup()
  await Promise.all(Array.from({ length: 20 }, () => codeOf(authenticator, KEY)))
  expect(looks).toHaveLength(1)
})

test('a wrong key is UNAUTHENTICATED and does not cost a look for every guess', async () => {
  const { authenticator, looks } = setup()
  expect(await codeOf(authenticator, 'alk_wrong')).toBe('UNAUTHENTICATED')
  expect(await codeOf(authenticator, 'alk_wrong')).toBe('UNAUTHENTICATED')
  expect(await codeOf(authenticator, 'no-prefix')).toBe('UNAUTHENTICATED')
  expect(looks).toEqual(['alk_wrong'])
})

test('a change of the key or of its account is looked up again, one of others is not', async () => {
  const { authenticator, keys, looks } = setup()
  await authenticator.authenticateKey(KEY)
  authenticator.apply({ number: 1, kind: 'key', subjectIds: ['key-9'] })
  authenticator.apply({ number: 2, kind: 'account', subjectIds: ['bob'] })
  authenticator.apply({ number: 3, kind: 'role', subjectIds: ['alice'] })
  await authenticator.authenticateKey(KEY)
  expect(looks).toHaveLength(1)
  authenticator.apply({ number: 4, kind: 'account', subjectIds: ['alice'] })
  await authenticator.authenticateKey(KEY)
  expect(looks).toHaveLength(2)
  keys.clear()
  authenticator.apply({ number: 5, kind: 'key', subjectIds: ['key-1'] })
  expect(await codeOf(authenticator, KEY)).toBe('UNAUTHENTICATED')
})

test('a membership that changed makes every key unknown', async () => {
  const { authenticator, looks } = setup()
  await authenticator.authenticateKey(KEY)
  authenticator.apply({ number: 1, kind: 'membership', subjectIds: ['m'] })
  await authenticator.authenticateKey(KEY)
  expect(looks).toHaveLength(2)
})

test('what was read while a change arrived is used once and not remembered', async () => {
  const { authenticator, keys, changes, looks, whileLooking } = setup()
  whileLooking(() => {
    keys.clear()
    changes.generation += 1
    authenticator.apply({ number: 1, kind: 'key', subjectIds: ['key-1'] })
  })
  await authenticator.authenticateKey(KEY)
  expect(await codeOf(authenticator, KEY)).toBe('UNAUTHENTICATED')
  expect(looks).toHaveLength(2)
})

test('with a stale change list a known key is looked up, and UNAVAILABLE when that fails', async () => {
  const { authenticator, changes, fail, looks } = setup()
  await authenticator.authenticateKey(KEY)
  changes.fresh = false
  expect(await codeOf(authenticator, KEY)).toBe('good')
  expect(looks).toHaveLength(2)
  fail(new Error('Postgres is away'))
  expect(await codeOf(authenticator, KEY)).toBe('UNAVAILABLE')
  changes.fresh = true
  // Nothing that was known before the outage is admitted by memory after the failed look.
  expect(await codeOf(authenticator, KEY)).toBe('UNAVAILABLE')
  fail(undefined)
  expect(await codeOf(authenticator, KEY)).toBe('good')
})

test('a key that has expired since it was remembered is refused without a look', async () => {
  const { authenticator, keys, looks } = setup()
  keys.set(KEY, { identity: alice, expiresAtMs: Date.now() - 1 })
  expect(await codeOf(authenticator, KEY)).toBe('UNAUTHENTICATED')
  expect(looks).toHaveLength(1)
})

test('the number of remembered keys is bounded', async () => {
  const { authenticator, keys, looks } = setup({ maxEntries: 2 })
  for (const name of ['alk_a', 'alk_b', 'alk_c']) {
    keys.set(name, { identity: { ...alice, keyId: name } })
    await authenticator.authenticateKey(name)
  }
  await authenticator.authenticateKey('alk_c')
  await authenticator.authenticateKey('alk_a')
  expect(looks).toEqual(['alk_a', 'alk_b', 'alk_c', 'alk_a'])
})

test('an identity that outlives its request is checked again by its key', async () => {
  const { authenticator, keys } = setup()
  expect(await authenticator.recheck(alice)).toEqual(alice)
  keys.clear()
  expect(await authenticator.recheck(alice)).toBeUndefined()
  expect(await authenticator.recheck({ id: 'nobody', scopes: [] })).toBeUndefined()
})
