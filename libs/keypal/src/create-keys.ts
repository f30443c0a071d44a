import { compact } from '@alkdev/std'
import { checkConfig } from './check-config.ts'
import { Audit } from './audit.ts'
import type { ExtractOptions } from './extract-key.ts'
import { DEFAULT_HEADER_NAMES } from './extract-key.ts'
import { KeyCache } from './key-cache.ts'
import { KeyChanges } from './key-changes.ts'
import { createKeyFormat } from './key-format.ts'
import type { KeyFormatOptions } from './key-format.ts'
import { createKeyHash } from './key-hash.ts'
import type { KeyHashOptions } from './key-hash.ts'
import { ApiKeyManager } from './manager.ts'
import { MemoryStore } from './memory-store.ts'
import type { ActionContext } from './records.ts'
import type { Storage } from './storage.ts'
import { UsageTracker } from './usage-tracker.ts'
import { Verifier } from './verifier.ts'

export interface ConfigInput extends KeyFormatOptions, KeyHashOptions, ExtractOptions {
  /** Default `memory`: keys of this process only. */
  readonly storage?: 'memory' | Storage
  /** Remember good keys, and refused ones for a moment. Default true. */
  readonly cache?: boolean
  /** Milliseconds that a good key is remembered. Default 60 000. */
  readonly cacheTtlMs?: number
  /** The same in seconds, as keypal 0.1 has it; not both. */
  readonly cacheTtl?: number
  /** Keys remembered at most. Default 50 000. */
  readonly cacheMaxEntries?: number
  /** Milliseconds that a refusal is remembered. Default 1000. */
  readonly negativeCacheTtlMs?: number
  /** Refusals remembered at most. Default 10 000. */
  readonly negativeCacheMaxEntries?: number
  /**
   * Is what is known of changes made elsewhere recent enough? While it says no, remembered keys are not believed and each is looked up.
   * Default: always yes, for deployments of one process.
   */
  readonly isFresh?: () => boolean
  /** Milliseconds that the store has for a look-up. Default 5000. */
  readonly lookupTimeoutMs?: number
  /** Look-ups of different keys at a time; further ones get STORAGE_ERROR. Default 1000. */
  readonly maxPendingLookups?: number
  /** Count uses. Default true. */
  readonly autoTrackUsage?: boolean
  /** Milliseconds that uses wait before they are written together. Default 5000. */
  readonly usageIntervalMs?: number
  /** Keys whose uses wait at most. Default 50 000. */
  readonly usageMaxKeys?: number
  /** Write an audit log with every change. Default false. */
  readonly auditLogs?: boolean
  readonly auditContext?: ActionContext
  /** Called with what went wrong in the background: failed look-ups and failed writes of uses. */
  readonly onError?: (error: unknown) => void
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number
}

/** The options with which keys are made and checked: those that a program gives, all of them optional. */
export type Config = ConfigInput

/** API keys over a store. Throws ApiKeyError INVALID_INPUT for options that would give weak keys, and for those that it does not know or can't follow. */
export function createKeys(config: ConfigInput = {}): ApiKeyManager {
  checkConfig(config)
  const now = config.now ?? Date.now
  const onError = config.onError ?? (() => undefined)
  const storage =
    config.storage === undefined || config.storage === 'memory' ? new MemoryStore() : config.storage
  const format = createKeyFormat(config)
  const hashKey = createKeyHash(config)
  const cache =
    config.cache === false
      ? undefined
      : new KeyCache({
          maxEntries: config.cacheMaxEntries ?? 50_000,
          maxNegativeEntries: config.negativeCacheMaxEntries ?? 10_000,
        })
  const usage =
    config.autoTrackUsage === false
      ? undefined
      : new UsageTracker({
          write: (batch) => storage.recordUsage(batch),
          intervalMs: config.usageIntervalMs ?? 5000,
          maxKeys: config.usageMaxKeys ?? 50_000,
          onError,
        })
  const verifier = new Verifier({
    storage,
    format,
    hashKey,
    cacheTtlMs: config.cacheTtlMs ?? (config.cacheTtl ?? 60) * 1000,
    negativeTtlMs: config.negativeCacheTtlMs ?? 1000,
    isFresh: config.isFresh ?? (() => true),
    lookupTimeoutMs: config.lookupTimeoutMs ?? 5000,
    maxPendingLookups: config.maxPendingLookups ?? 1000,
    now,
    onError,
    ...compact({ cache, usage }),
  })
  const audit = new Audit({
    storage,
    enabled: config.auditLogs ?? false,
    now,
    ...compact({ context: config.auditContext }),
  })
  const changed = (keyId: string): void => cache?.invalidate({ keyId })
  const changes = new KeyChanges({ storage, format, hashKey, audit, now, changed })
  const extract = {
    headerNames: config.headerNames ?? DEFAULT_HEADER_NAMES,
    extractBearer: config.extractBearer ?? true,
  }
  const parts = { storage, format, hashKey, verifier, changes, audit, extract, now }
  return new ApiKeyManager({ ...parts, ...compact({ cache, usage }) })
}
