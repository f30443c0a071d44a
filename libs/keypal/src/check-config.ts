import type { ConfigInput } from './create-keys.ts'
import { ApiKeyError } from './errors.ts'
import { isHeaderName } from './extract-key.ts'
import type { Storage } from './storage.ts'

/** What an option must be: said in the error, and checked. */
interface Kind {
  readonly expected: string
  readonly fits: (value: unknown) => boolean
}

const FLAG: Kind = { expected: 'true or false', fits: (value) => typeof value === 'boolean' }
const TEXT: Kind = { expected: 'a text', fits: (value) => typeof value === 'string' }
const FUNCTION: Kind = { expected: 'a function', fits: (value) => typeof value === 'function' }
const COUNT: Kind = {
  expected: 'a whole number from 1',
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
}
const DURATION: Kind = {
  expected: 'a number of milliseconds, not negative',
  fits: (value) => Number.isFinite(value) && (value as number) >= 0,
}
/** Every option there is; the type makes the list complete. */
const OPTIONS: Readonly<Record<keyof ConfigInput, Kind>> = {
  algorithm: {
    expected: '"sha256" or "sha512"',
    fits: (value) => value === 'sha256' || value === 'sha512',
  },
  alphabet: TEXT,
  auditContext: {
    expected: 'an object',
    fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
  auditLogs: FLAG,
  autoTrackUsage: FLAG,
  cache: {
    ...FLAG,
    expected: 'true or false: good keys are remembered in memory only',
  },
  cacheMaxEntries: COUNT,
  cacheTtl: { ...DURATION, expected: 'a number of seconds, not negative' },
  cacheTtlMs: DURATION,
  checksum: FLAG,
  extractBearer: FLAG,
  headerNames: {
    expected: 'a list of at least one header name',
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isHeaderName),
  },
  isFresh: FUNCTION,
  length: COUNT,
  lookupTimeoutMs: DURATION,
  maxPendingLookups: COUNT,
  negativeCacheMaxEntries: COUNT,
  negativeCacheTtlMs: DURATION,
  now: FUNCTION,
  onError: FUNCTION,
  prefix: TEXT,
  salt: TEXT,
  // Checked by `checkStorage`, which says what a store lacks.
  storage: { expected: 'a store', fits: () => true },
  usageIntervalMs: DURATION,
  usageMaxKeys: COUNT,
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

/** Throws ApiKeyError INVALID_INPUT for an option that does not exist, that would be ignored, or that has a value of another kind. */
export function checkConfig(config: ConfigInput): void {
  const given: unknown = config
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid('createKeys takes an object of options.')
  for (const [name, value] of Object.entries(config) as [string, unknown][]) {
    if (value === undefined) continue
    if (Object.hasOwn(REDIS, name)) throw invalid(REDIS[name] ?? name)
    if (!Object.hasOwn(OPTIONS, name)) throw invalid(`createKeys has no option "${name}".`)
    const { expected, fits } = OPTIONS[name as keyof ConfigInput]
    if (!fits(value)) throw invalid(`\`${name}\` must be ${expected}.`)
  }
  checkStorage(config.storage)
  if (config.cacheTtl !== undefined && config.cacheTtlMs !== undefined)
    throw invalid('Give `cacheTtl` (seconds) or `cacheTtlMs` (milliseconds), not both.')
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
