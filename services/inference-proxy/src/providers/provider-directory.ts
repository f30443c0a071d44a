import {
  CLIENT_SECRET_KEY,
  clientOrigin,
  clientSecretPlace,
  LlmProviderConfig,
  reservedHeaders,
} from '@alkdev/contracts'
import { Secret } from '@alkdev/crypto'
import type { KeyRing } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { collectErrors } from '@alkdev/operations'
import { loadClients } from '@alkdev/storage'
import type { ClientWithSecrets, Db } from '@alkdev/storage'
import type { KnownProvider, ProviderKey } from './provider.ts'

interface Log {
  error(facts: object, message: string): void
}

interface Opened {
  readonly read: string
  readonly provider: KnownProvider
}

/** How long what was read is believed: a removed provider is used no longer than this, a new one at once. */
const keptMs = 1000

/** The model providers with their keys, as Postgres has them, read at most once a second. */
export class ProviderDirectory {
  readonly #db: Db
  readonly #keys: KeyRing
  readonly #logger: Log
  #known: ReadonlyMap<string, KnownProvider> = new Map()
  /** What was read of each provider, and what it was opened as: one that has not changed stays the same object, and its keys are decrypted once. */
  #opened: ReadonlyMap<string, Opened> = new Map()
  #readAt = -Infinity
  #reading: Promise<ReadonlyMap<string, KnownProvider>> | undefined

  constructor(db: Db, keys: KeyRing, logger: Log) {
    this.#db = db
    this.#keys = keys
    this.#logger = logger
  }

  /** By name. Throws UNAVAILABLE when Postgres cannot be asked. */
  all(): ReadonlyMap<string, KnownProvider> | Promise<ReadonlyMap<string, KnownProvider>> {
    return performance.now() - this.#readAt < keptMs ? this.#known : this.refreshed()
  }

  /** Reads the provider from the database, for a name that was not cached: it may have just been added. */
  refreshed(): Promise<ReadonlyMap<string, KnownProvider>> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #read(): Promise<ReadonlyMap<string, KnownProvider>> {
    const startedAt = performance.now()
    const rows = await loadClients(this.#db, 'llm-provider').catch((cause: unknown) => {
      throw new CodedError('UNAVAILABLE', 'The providers could not be read; ask again.', { cause })
    })
    const opened = rows.map((row): Opened => {
      const { id, name, ownerId, orgId, config } = row.client
      const secrets = Object.entries(row.secrets).toSorted(([a], [b]) => (a < b ? -1 : 1))
      const read = JSON.stringify([name, ownerId, orgId, config, secrets])
      const before = this.#opened.get(id)
      return before?.read === read ? before : { read, provider: this.#open(row) }
    })
    this.#opened = new Map(opened.map((one) => [one.provider.id, one]))
    this.#known = new Map(opened.map(({ provider }) => [provider.name, provider]))
    this.#readAt = startedAt
    return this.#known
  }

  /** One that cannot be used stays known as broken, so that it does not look like one that is not there. */
  #open({ client, secrets }: ClientWithSecrets): KnownProvider {
    const { id, name, ownerId, orgId, config } = client
    const stored = { id, name, ownerId, orgId }
    const errors = collectErrors(LlmProviderConfig, config)
    if (errors.length > 0 || reservedHeaders(config).length > 0) {
      this.#logger.error({ provider: name, errors }, 'the config of a provider does not fit')
      return {
        ...stored,
        broken: 'its config does not fit; change it with `alkhub providers update`',
      }
    }
    const known = config as LlmProviderConfig
    const origin = clientOrigin(client.type, config)
    try {
      const keys = Object.entries(secrets)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, sealed]): ProviderKey => {
          const text = this.#keys.decryptText(sealed, clientSecretPlace(id, origin, key))
          return { name: key, secret: new Secret(text), weight: known.keyWeights?.[key] ?? 1 }
        })
      const first = keys.find((key) => key.name === CLIENT_SECRET_KEY) ?? keys[0]
      return { ...stored, config: known, keys, key: first?.secret }
    } catch (error) {
      this.#logger.error({ provider: name, err: error }, 'the key of a provider cannot be opened')
      return {
        ...stored,
        broken: 'its secret cannot be opened; give it again with `alkhub providers update`',
      }
    }
  }
}
