import type { Logger } from 'pino'
import { createChangeReader } from './change-reader.ts'
import type { ChangeReader, IdentityChange } from './change-reader.ts'
import { createKeyAuthenticator } from './key-authenticator.ts'
import type { KeyAuthenticator, KnownKey } from './key-authenticator.ts'
import type { Metrics } from './metrics.ts'
import type { IdentityChangeNotice } from './service-runtime.ts'

/** What is known of keys and accounts in Postgres. */
export interface IdentitySource {
  readonly lookup: (key: string) => Promise<KnownKey | undefined>
  readonly lookupId: (keyId: string) => Promise<KnownKey | undefined>
  readonly readSince: (
    since: number,
    signal: AbortSignal,
  ) => Promise<readonly IdentityChange[] | undefined>
  readonly newest: (signal: AbortSignal) => Promise<number>
  /** Adds uses per key. */
  readonly addUses: (uses: ReadonlyMap<string, number>) => Promise<void>
}

export interface IdentityCacheOptions {
  readonly source: IdentitySource
  readonly maxEntries: number
  readonly ttlMs: number
  readonly logger: Logger
  readonly metrics: Metrics
  /** Told after a change was applied here. */
  readonly onChange: (change: IdentityChangeNotice) => void
}

/** Keys as this process knows them, kept true by the change list. */
export interface IdentityCache {
  readonly authenticator: KeyAuthenticator
  readonly changes: ChangeReader
  /** Writes the uses counted so far and stops reading. */
  stop(): Promise<void>
}

const USES_MS = 5000
/** Keys whose uses are counted between two writes; beyond it uses are not counted. */
const MAX_USED_KEYS = 10_000

/** Joins the key check, the change list and the counting of uses. */
export function createIdentityCache(options: IdentityCacheOptions): IdentityCache {
  const { source, logger, metrics } = options
  let uses = new Map<string, number>()
  let failing = false

  const changes = createChangeReader({
    readSince: source.readSince,
    newest: source.newest,
    apply(change) {
      authenticator.apply(change)
      options.onChange(change)
    },
    reset() {
      authenticator.reset()
      options.onChange({ kind: 'all' })
    },
    onError(error) {
      // Once per outage: it is read again 400 ms later.
      if (!failing) logger.warn({ err: error }, 'the change list could not be read')
      failing = true
    },
    onGood() {
      if (failing) logger.info('the change list is read again')
      failing = false
    },
  })
  const authenticator = createKeyAuthenticator({
    lookup: source.lookup,
    lookupId: source.lookupId,
    changes,
    maxEntries: options.maxEntries,
    ttlMs: options.ttlMs,
    onUse(keyId) {
      const before = uses.get(keyId)
      if (before !== undefined || uses.size < MAX_USED_KEYS) uses.set(keyId, (before ?? 0) + 1)
    },
  })
  metrics.observe(
    'gauge',
    'alkhub_identity_change_age_seconds',
    'Age of the last good reading of the change list.',
    () => changes.ageMs / 1000,
  )

  async function writeUses(): Promise<void> {
    if (uses.size === 0) return
    const written = uses
    uses = new Map()
    try {
      await source.addUses(written)
    } catch (error) {
      logger.debug({ err: error, keys: written.size }, 'uses of keys were not counted')
    }
  }
  const timer = setInterval(() => void writeUses(), USES_MS)

  return {
    authenticator,
    changes,
    async stop() {
      clearInterval(timer)
      await changes.stop()
      await writeUses()
    },
  }
}
