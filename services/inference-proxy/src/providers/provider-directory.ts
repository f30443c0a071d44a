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
import type { KnownProvider } from './provider.ts'

interface Log {
  error(facts: object, message: string): void
}

/** How long what was read is believed: a removed provider is used no longer than this, a new one at once. */
const keptMs = 1000

/** The model providers with their keys, as Postgres has them, read at most once a second. */
export class ProviderDirectory {
  readonly #db: Db
  readonly #keys: KeyRing
  readonly #logger: Log
  #known: ReadonlyMap<string, KnownProvider> = new Map()
  #readAt = -Infinity
  #reading: Promise<ReadonlyMap<string, KnownProvider>> | undefined

  constructor(db: Db, keys: KeyRing, logger: Log) {
    this.#db = db
    this.#keys = keys
    this.#logger = logger
  }

  /** By name. Throws UNAVAILABLE when Postgres can't be asked. */
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
    const known = rows.map((row) => this.#open(row))
    this.#known = new Map(known.map((provider) => [provider.name, provider]))
    this.#readAt = startedAt
    return this.#known
  }

  /** One that can't be used stays known as broken, so that it does not look like one that is not there. */
  #open({ client, secrets }: ClientWithSecrets): KnownProvider {
    const { id, name, ownerId, orgId, config } = client
    const stored = { name, ownerId, orgId }
    const errors = collectErrors(LlmProviderConfig, config)
    if (errors.length > 0 || reservedHeaders(config).length > 0) {
      this.#logger.error({ provider: name, errors }, 'the config of a provider does not fit')
      return {
        ...stored,
        broken: 'its config does not fit; change it with `alkhub providers update`',
      }
    }
    const known = config as LlmProviderConfig
    if (known.protocol === 'anthropic')
      return { ...stored, broken: 'its protocol, anthropic, is not offered yet' }
    const sealed = secrets[CLIENT_SECRET_KEY]
    try {
      const place = clientSecretPlace(id, clientOrigin(client.type, config))
      const key = sealed && new Secret(this.#keys.decryptText(sealed, place))
      return { ...stored, config: known, key }
    } catch (error) {
      this.#logger.error({ provider: name, err: error }, 'the key of a provider can not be opened')
      return {
        ...stored,
        broken: 'its secret can not be opened; give it again with `alkhub providers update`',
      }
    }
  }
}
