import { sharedNow } from '@alkdev/std'
import { createKeys } from 'keypal'
import type { ApiKeyManager, Storage } from 'keypal'
import type { Logger } from 'pino'
import { createChangeReader } from './change-reader.ts'
import type { ChangeReader, IdentityChange, ReadChanges } from './change-reader.ts'
import { KeyExpiry } from './key-expiry.ts'
import { createKeyAuthenticator } from './key-authenticator.ts'
import type { KeyAuthenticator } from './key-authenticator.ts'
import { KEY_PREFIX } from './key-prefix.ts'
import { IdentityWatcher } from './identity-watcher.ts'
import { METRICS } from '../telemetry/metric-definitions.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { RecentChanges } from './recent-changes.ts'
import type { IdentityChangeNotice } from '../start/service-runtime.ts'

export interface IdentityCacheOptions {
  readonly storage: Storage
  readonly readChanges: ReadChanges
  readonly maxEntries: number
  readonly ttlMs: number
  readonly logger: Logger
  readonly metrics: Metrics
  /** Called after a change was applied here. */
  readonly onChange: (change: IdentityChangeNotice) => void
}

/** The key cache of this process, kept current by the change list. */
export interface IdentityCache {
  readonly keys: ApiKeyManager
  readonly authenticator: KeyAuthenticator
  readonly changes: ChangeReader
  /** Work in progress by key; ended when the key is no longer valid. */
  readonly live: IdentityWatcher
  /** Stops reading and writes the uses counted so far. */
  stop(): Promise<void>
}

/** Drops the cached entries that the change affects. */
function invalidate(keys: ApiKeyManager, { kind, subjectIds }: IdentityChange): void {
  switch (kind) {
    case 'key':
      for (const keyId of subjectIds) keys.invalidate({ keyId })
      break
    // The subjects of a membership are accounts.
    case 'account':
    case 'membership':
      for (const ownerId of subjectIds) keys.invalidate({ ownerId })
      break
    // Roles and grants restrict sessions; they do not change the rights of a key.
    case 'role':
    case 'grant':
      break
    default:
      keys.invalidate('all')
  }
}

/** Connects the keys, their check and the change list. */
export function createIdentityCache(options: IdentityCacheOptions): IdentityCache {
  const { logger, metrics } = options
  let failing = false
  const tell = (change: IdentityChangeNotice): void => {
    void live.review(change)
    options.onChange(change)
  }
  const changes = createChangeReader({
    read: options.readChanges,
    apply(change) {
      invalidate(keys, change)
      tell(change)
    },
    reset() {
      keys.invalidate('all')
      tell({ kind: 'all' })
    },
    onError(error) {
      // Logged once per outage: reading is retried every 400 ms.
      if (!failing) logger.warn({ err: error }, 'the change list could not be read')
      failing = true
    },
    onGood() {
      if (failing) logger.info('the change list is read again')
      failing = false
    },
  })
  const keys = createKeys({
    prefix: KEY_PREFIX,
    storage: options.storage,
    cacheTtlMs: options.ttlMs,
    cacheMaxEntries: options.maxEntries,
    isFresh: () => changes.fresh,
    auditLogs: true,
    now: sharedNow,
    onError: (error) => logger.debug({ err: error }, 'a key could not be looked up or counted'),
  })
  metrics.collect(METRICS.identityChangeAge, () =>
    Math.min(changes.ageMs / 1000, Number.MAX_SAFE_INTEGER),
  )
  metrics.collect(METRICS.cachedKeys, () => ({
    known: keys.counters.cached,
    refused: keys.counters.refused,
  }))

  const expiry = new KeyExpiry(options.maxEntries, (keyId) =>
    tell({ kind: 'key', subjectIds: [keyId] }),
  )
  const recent = new RecentChanges()
  const authenticator = createKeyAuthenticator(
    keys,
    (keyId, expiresAtMs) => expiry.note(keyId, expiresAtMs),
    recent,
  )
  const live = new IdentityWatcher({ authenticator, isFresh: () => changes.fresh, recent })

  return {
    keys,
    authenticator,
    changes,
    live,
    async stop() {
      expiry.stop()
      live.stop()
      await changes.stop()
      await keys[Symbol.asyncDispose]()
    },
  }
}
