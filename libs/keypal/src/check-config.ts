import type { ConfigInput } from './create-keys.ts'
import { ApiKeyError } from './errors.ts'
import type { Storage } from './storage.ts'

/** Every option there is; the type makes the list complete. */
const OPTIONS: Readonly<Record<keyof ConfigInput, true>> = {
  algorithm: true,
  alphabet: true,
  auditContext: true,
  auditLogs: true,
  autoTrackUsage: true,
  cache: true,
  cacheMaxEntries: true,
  cacheTtl: true,
  cacheTtlMs: true,
  checksum: true,
  extractBearer: true,
  headerNames: true,
  isFresh: true,
  length: true,
  lookupTimeoutMs: true,
  maxPendingLookups: true,
  negativeCacheMaxEntries: true,
  negativeCacheTtlMs: true,
  now: true,
  onError: true,
  prefix: true,
  salt: true,
  storage: true,
  usageIntervalMs: true,
  usageMaxKeys: true,
}

/** Methods without which a store can't be used; those for logs are optional. */
const METHODS: Readonly<
  Record<Exclude<keyof Storage, 'findLogs' | 'countLogs' | 'getLogStats' | 'deleteLogs'>, true>
> = {
  save: true,
  findByHash: true,
  findById: true,
  findByOwner: true,
  findByTags: true,
  findByTag: true,
  updateMetadata: true,
  rotate: true,
  recordUsage: true,
  delete: true,
  deleteByOwner: true,
}

/** Options of keypal 0.1 that need its Redis store, and what to do in their place. */
const REDIS: Readonly<Record<string, string>> = {
  redis: 'There is no Redis store: give an object with the methods of Storage as `storage`.',
  revokedKeyTtl:
    'Revoked keys are kept until they are deleted: `revokedKeyTtl` belongs to a Redis store, which there is not.',
}

/** Throws ApiKeyError INVALID_INPUT for an option that would be ignored or fail later. */
export function checkConfig(config: ConfigInput): void {
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined) continue
    if (Object.hasOwn(REDIS, name)) throw invalid(REDIS[name] ?? name)
    if (!Object.hasOwn(OPTIONS, name)) throw invalid(`createKeys has no option "${name}".`)
  }
  checkStorage(config.storage)
  if (config.cache !== undefined && typeof config.cache !== 'boolean')
    throw invalid('`cache` must be true or false: good keys are remembered in memory only.')
  if (config.cacheTtl === undefined) return
  if (config.cacheTtlMs !== undefined)
    throw invalid('Give `cacheTtl` (seconds) or `cacheTtlMs` (milliseconds), not both.')
  if (!Number.isFinite(config.cacheTtl) || config.cacheTtl < 0)
    throw invalid('`cacheTtl` must be a number of seconds, not negative.')
}

function checkStorage(storage: unknown): void {
  if (storage === undefined || storage === 'memory') return
  if (storage === 'redis') throw invalid(REDIS['redis'] ?? '')
  const given = typeof storage === 'object' && storage !== null ? storage : {}
  const missing = Object.keys(METHODS).filter(
    (name) => typeof (given as Readonly<Record<string, unknown>>)[name] !== 'function',
  )
  if (missing.length > 0)
    throw invalid(
      `\`storage\` must be "memory" or an object with the methods of Storage; it lacks ${missing.join(', ')}.`,
    )
}

function invalid(message: string): ApiKeyError {
  return new ApiKeyError('INVALID_INPUT', { message })
}
