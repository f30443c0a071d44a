import { expect, test } from 'vitest'
import { ApiKeyError, createKeys, MemoryStore } from './index.ts'
import type { ConfigInput } from './index.ts'

function refusal(config: object): string {
  try {
    createKeys(config)
  } catch (error) {
    if (error instanceof ApiKeyError && error.code === 'INVALID_INPUT') return error.message
    throw error
  }
  throw new Error('the options were taken')
}

test.each<[string, object, RegExp]>([
  ['a Redis store', { storage: 'redis' }, /no Redis store.*methods of Storage/],
  ['a Redis client', { redis: {} }, /no Redis store/],
  ['a time for revoked keys', { revokedKeyTtl: 5 }, /Revoked keys are kept/],
  ['a Redis cache', { cache: 'redis' }, /`cache` must be true or false/],
  ['a cache of its own', { cache: { get: () => null } }, /in memory only/],
  ['a store that is none', { storage: 'disk' }, /lacks save, findByHash/],
  ['a store without a method', { storage: { ...storeWithout('rotate') } }, /lacks rotate\./],
  ['an option that there is not', { rateLimit: 1 }, /no option "rateLimit"/],
  ['two times of the cache', { cacheTtl: 1, cacheTtlMs: 1 }, /not both/],
  ['a negative time of the cache', { cacheTtl: -1 }, /not negative/],
])('%s is refused when the keys are created, with a sentence (L8)', (_name, config, message) => {
  expect(refusal(config)).toMatch(message)
})

function storeWithout(missing: string): object {
  const names = Object.getOwnPropertyNames(MemoryStore.prototype)
  return Object.fromEntries(names.filter((name) => name !== missing).map((name) => [name, () => 1]))
}

test('cacheTtl is the time in seconds for which a good key is not looked up again (L8)', async () => {
  const clock = { now: 0 }
  const storage = new MemoryStore()
  const config: ConfigInput = { storage, cacheTtl: 5, now: () => clock.now }
  await using keys = createKeys(config)
  const { key, record } = await keys.create({ ownerId: 'o' })
  expect((await keys.verify(key)).valid).toBe(true)
  await storage.delete(record.id)
  clock.now = 4999
  expect((await keys.verify(key)).valid).toBe(true)
  clock.now = 5001
  expect((await keys.verify(key)).errorCode).toBe('INVALID_KEY')
})

test.each<[string, unknown]>([
  ['algorithm', 'md5'],
  ['alphabet', ['a', 'b']],
  ['auditContext', 'ip'],
  ['auditLogs', 'false'],
  ['autoTrackUsage', 0],
  ['cache', null],
  ['cacheMaxEntries', '5'],
  ['cacheTtl', '60'],
  ['cacheTtlMs', Number.NaN],
  ['checksum', 'yes'],
  ['extractBearer', 1],
  ['headerNames', 'x-api-key'],
  ['headerNames', []],
  ['headerNames', ['x api key']],
  ['isFresh', true],
  ['length', '32'],
  ['lookupTimeoutMs', -1],
  ['maxPendingLookups', 0],
  ['negativeCacheMaxEntries', 1.5],
  ['negativeCacheTtlMs', '1s'],
  ['now', 5],
  ['onError', 'log'],
  ['prefix', 5],
  ['salt', { of: 'x' }],
  ['storage', null],
  ['usageIntervalMs', Number.POSITIVE_INFINITY],
  ['usageMaxKeys', '1'],
])('the option %s of another kind (%j) is refused by its name', (name, value) => {
  expect(refusal({ [name]: value })).toMatch(new RegExp(`^\`${name}\` must be `))
})

test.each([[null], ['prefix_'], [['prefix_']]])('options that are %j are refused', (config) => {
  expect(refusal(config as unknown as object)).toMatch(/takes an object of options/)
})
