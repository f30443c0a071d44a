import { setImmediate as tick } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createKeys, MemoryStore } from './index.ts'
import type { ApiKeyManager, ApiKeyRecord, ConfigInput, KeyUsage, Storage } from './index.ts'

/** The memory store with its reads counted, and a switch that breaks them. */
class WatchedStore extends MemoryStore {
  reads = 0
  broken = false
  usageBroken = false
  readonly usage: KeyUsage[] = []
  /** Held reads wait here. */
  gate: Promise<void> = Promise.resolve()

  override async findByHash(hash: string): Promise<ApiKeyRecord | null> {
    this.reads++
    if (this.broken) throw new Error('the store is unavailable')
    const record = await super.findByHash(hash)
    await this.gate
    return record
  }

  override async recordUsage(usage: readonly KeyUsage[]): Promise<void> {
    if (this.usageBroken) throw new Error('the store is unavailable')
    this.usage.push(...usage)
    await super.recordUsage(usage)
  }
}

interface Setup {
  readonly store: WatchedStore
  readonly keys: ApiKeyManager
  readonly clock: { now: number }
}

function setup(config: Omit<ConfigInput, 'storage' | 'now'> = {}): Setup {
  const store = new WatchedStore()
  const clock = { now: Date.UTC(2030, 0, 1) }
  const keys = createKeys({
    prefix: 'alk_',
    storage: store satisfies Storage,
    now: () => clock.now,
    ...config,
  })
  return { store, keys, clock }
}

const codeOf = async (keys: ApiKeyManager, key: string): Promise<string> =>
  (await keys.verify(key)).errorCode ?? 'valid'

test('a good key gives its record, as a key, a bearer text or headers', async () => {
  const { keys } = setup()
  const { key, record } = await keys.create({ ownerId: 'o', scopes: ['fs:read'] })
  expect((await keys.verify(key)).record?.id).toBe(record.id)
  expect((await keys.verify(`Bearer ${key}`)).record?.id).toBe(record.id)
  expect((await keys.verifyFromHeaders({ 'x-api-key': key }))?.metadata.scopes).toEqual(['fs:read'])
  expect(await keys.verifyFromHeaders({})).toBeNull()
  expect(await codeOf(keys, '')).toBe('MISSING_KEY')
  expect((await keys.verify({ authorization: 'Basic x' })).errorCode).toBe('INVALID_FORMAT')
})

test('a remembered key is checked without the store, also at once', async () => {
  const { keys, store } = setup()
  const { key, record } = await keys.create({ ownerId: 'o' })
  expect(keys.verifyKnown(key)).toBeUndefined()
  for (let round = 0; round < 100; round++) expect((await keys.verify(key)).valid).toBe(true)
  expect(keys.verifyKnown(key)?.record?.id).toBe(record.id)
  expect(store.reads).toBe(1)
  await keys.verify(key, { skipCache: true })
  expect(store.reads).toBe(2)
})

test('malformed keys cost no look-up, unknown ones one for a while, and refusals are bounded', async () => {
  const { keys, store, clock } = setup({ negativeCacheMaxEntries: 3 })
  const key = keys.generateKey()
  for (const wrong of [`${key}x`, key.slice(1), 'alk_nonsense', `bearer ${key}`]) {
    expect(await codeOf(keys, wrong)).toBe('INVALID_FORMAT')
    expect(keys.verifyKnown(wrong)?.errorCode).toBe('INVALID_FORMAT')
  }
  expect(store.reads).toBe(0)
  for (let round = 0; round < 5; round++) expect(await codeOf(keys, key)).toBe('INVALID_KEY')
  expect(store.reads).toBe(1)
  clock.now += 1000
  expect(await codeOf(keys, key)).toBe('INVALID_KEY')
  expect(store.reads).toBe(2)
  for (let round = 0; round < 10; round++) await keys.verify(keys.generateKey())
  expect(keys.counters.refused).toBe(3)
})

test('revoked, disabled and expired keys are refused at once where it was done', async () => {
  const { keys, clock } = setup()
  const make = async (): Promise<{ key: string; id: string }> => {
    const { key, record } = await keys.create({ ownerId: 'o', expiresIn: '1h' })
    expect((await keys.verify(key)).valid).toBe(true)
    return { key, id: record.id }
  }
  const [revoked, disabled, expired] = [await make(), await make(), await make()]
  await keys.revoke(revoked.id)
  await keys.disable(disabled.id)
  expect(await codeOf(keys, revoked.key)).toBe('REVOKED')
  expect(await codeOf(keys, disabled.key)).toBe('DISABLED')
  await keys.enable(disabled.id)
  expect(await codeOf(keys, disabled.key)).toBe('valid')
  clock.now += 3_600_000
  expect(await codeOf(keys, expired.key)).toBe('EXPIRED')
  expect(keys.verifyKnown(expired.key)?.errorCode).toBe('EXPIRED')
})

test('a change that bypasses the cache takes effect when it is reported, for every kind of target', async () => {
  const { keys, store } = setup()
  const { key, record } = await keys.create({ ownerId: 'o' })
  const other = await keys.create({ ownerId: 'p' })
  for (const [target, change] of [
    [{ keyId: record.id }, { enabled: false }],
    [{ keyId: record.id }, { enabled: true }],
    [{ ownerId: 'o' }, { enabled: false }],
    ['all', { enabled: true }],
  ] as const) {
    const before = await codeOf(keys, key)
    await keys.verify(other.key)
    await store.updateMetadata(record.id, change)
    expect(await codeOf(keys, key)).toBe(before)
    keys.invalidate(target)
    expect(await codeOf(keys, key)).toBe(change.enabled ? 'valid' : 'DISABLED')
  }
  await keys.verify(other.key)
  keys.invalidate({ ownerId: 'o' })
  expect(keys.verifyKnown(other.key)?.valid).toBe(true)
})

test('while the change list is not fresh every key is looked up, and a failed look-up admits no key', async () => {
  let fresh = true
  const errors: unknown[] = []
  const { keys, store } = setup({ isFresh: () => fresh, onError: (error) => errors.push(error) })
  const { key, record } = await keys.create({ ownerId: 'o' })
  await keys.verify(key)
  fresh = false
  expect(keys.verifyKnown(key)).toBeUndefined()
  await store.updateMetadata(record.id, { revokedAt: '2030-01-01T00:00:00.000Z' })
  expect(await codeOf(keys, key)).toBe('REVOKED')
  const second = await keys.create({ ownerId: 'o' })
  await keys.verify(second.key)
  store.broken = true
  expect(await codeOf(keys, second.key)).toBe('STORAGE_ERROR')
  expect(errors).toHaveLength(1)
  fresh = true
  store.broken = false
  expect(await codeOf(keys, second.key)).toBe('valid')
})

test('what was read before an invalidation is not remembered after it', async () => {
  const { keys, store } = setup()
  const { key, record } = await keys.create({ ownerId: 'o' })
  const gate = Promise.withResolvers<void>()
  store.gate = gate.promise
  const early = keys.verify(key)
  await tick()
  await store.updateMetadata(record.id, { enabled: false })
  keys.invalidate({ keyId: record.id })
  store.gate = Promise.resolve()
  // Asked after the invalidation: does not join the question that was asked before it.
  expect(await codeOf(keys, key)).toBe('DISABLED')
  gate.resolve()
  await early
  expect(keys.verifyKnown(key)?.errorCode).toBe('DISABLED')
})

test('many checks of one unknown key ask the store once; beyond the bound of look-ups it is not asked', async () => {
  const { keys, store } = setup({ maxPendingLookups: 2 })
  const gate = Promise.withResolvers<void>()
  store.gate = gate.promise
  const { key } = await keys.create({ ownerId: 'o' })
  const many = Array.from({ length: 50 }, () => keys.verify(key))
  const other = keys.verify(keys.generateKey())
  expect((await keys.verify(keys.generateKey())).errorCode).toBe('STORAGE_ERROR')
  gate.resolve()
  expect((await Promise.all(many)).every((result) => result.valid)).toBe(true)
  expect((await other).errorCode).toBe('INVALID_KEY')
  expect(store.reads).toBe(2)
})

test('a store that does not answer is given up after its time', async () => {
  const { keys, store } = setup({ lookupTimeoutMs: 5 })
  const { key } = await keys.create({ ownerId: 'o' })
  store.gate = new Promise(() => {})
  expect(await codeOf(keys, key)).toBe('STORAGE_ERROR')
})

test('a remembered key is looked up again after its time to live', async () => {
  const { keys, store, clock } = setup({ cacheTtlMs: 60_000 })
  const { key } = await keys.create({ ownerId: 'o' })
  await keys.verify(key)
  clock.now += 59_999
  await keys.verify(key)
  expect(store.reads).toBe(1)
  clock.now += 1
  await keys.verify(key)
  expect(store.reads).toBe(2)
})

test('the memory holds its bound and spares keys that are in use', async () => {
  const { keys } = setup({ cacheMaxEntries: 10 })
  const { key: busy } = await keys.create({ ownerId: 'o' })
  await keys.verify(busy)
  for (let round = 0; round < 100; round++) {
    const { key } = await keys.create({ ownerId: 'o' })
    await keys.verify(key)
    expect(keys.verifyKnown(busy)?.valid).toBe(true)
  }
  expect(keys.counters.cached).toBe(10)
})

test('a key whose owner is not active is refused', async () => {
  const store = new MemoryStore()
  const keys = createKeys({ storage: store })
  const { key, record } = await keys.create({ ownerId: 'o' })
  await keys.findById(record.id)
  await store.delete(record.id)
  await store.save({ ...record, owner: { active: false, orgIds: ['x'] } })
  expect(await codeOf(keys, key)).toBe('OWNER_INACTIVE')
})

test('uses are counted without the store and written together, the last one with its time', async () => {
  const { keys, store, clock } = setup()
  const { key, record } = await keys.create({ ownerId: 'o' })
  for (let round = 0; round < 5; round++) await keys.verify(key)
  await keys.verify(key, { skipTracking: true })
  clock.now += 7
  await keys.verify(key, { skipCache: true })
  await keys.verify('alk_wrong')
  expect(store.usage).toEqual([])
  await keys.flushUsage()
  expect(store.usage).toEqual([
    { keyId: record.id, count: 6, lastUsedAt: new Date(clock.now).toISOString() },
  ])
  expect((await keys.findById(record.id))?.metadata.usageCount).toBe(6)
  await keys.flushUsage()
  expect(store.usage).toHaveLength(1)
})

test('uses that could not be written are written with the next, and on disposal', async () => {
  const errors: unknown[] = []
  const { keys, store } = setup({ onError: (error) => errors.push(error) })
  const { key } = await keys.create({ ownerId: 'o' })
  await keys.verify(key)
  store.usageBroken = true
  await keys.flushUsage()
  expect(errors).toHaveLength(1)
  await keys.verify(key)
  store.usageBroken = false
  await keys[Symbol.asyncDispose]()
  expect(store.usage.map(({ count }) => count)).toEqual([2])
})

test('uses of more keys than may wait are dropped and counted', async () => {
  const { keys, store } = setup({ usageMaxKeys: 2 })
  for (let round = 0; round < 4; round++)
    await keys.verify((await keys.create({ ownerId: 'o' })).key)
  await keys.flushUsage()
  expect(store.usage).toHaveLength(2)
  expect(keys.counters.droppedUses).toBe(2)
})
