import {
  CLIENT_SECRET_KEY,
  clientOrigin,
  clientSecretPlace,
  LlmProviderConfig,
} from '@alkdev/contracts'
import { Secret } from '@alkdev/crypto'
import type { KeyRing } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { collectErrors } from '@alkdev/operations'
import { loadClients } from '@alkdev/storage'
import type { ClientWithSecrets, Db } from '@alkdev/storage'
import type { Provider } from './provider.ts'

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
  #known: ReadonlyMap<string, Provider> = new Map()
  #readAt = -Infinity
  #reading: Promise<ReadonlyMap<string, Provider>> | undefined

  constructor(db: Db, keys: KeyRing, logger: Log) {
    this.#db = db
    this.#keys = keys
    this.#logger = logger
  }

  /** By name. Throws UNAVAILABLE when Postgres can't be asked. */
  all(): ReadonlyMap<string, Provider> | Promise<ReadonlyMap<string, Provider>> {
    return performance.now() - this.#readAt < keptMs ? this.#known : this.refreshed()
  }

  /** As it is now, for a name that was not there: somebody may have added it a moment ago. */
  refreshed(): Promise<ReadonlyMap<string, Provider>> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #read(): Promise<ReadonlyMap<string, Provider>> {
    const startedAt = performance.now()
    const rows = await loadClients(this.#db, 'llm-provider').catch((cause: unknown) => {
      throw new CodedError('UNAVAILABLE', 'The providers could not be read; ask again.', { cause })
    })
    this.#known = new Map(
      rows.flatMap((row) => {
        const provider = this.#open(row)
        return provider ? [[provider.name, provider] as const] : []
      }),
    )
    this.#readAt = startedAt
    return this.#known
  }

  /** One that can't be opened is left out, so that it does not take the others with it. */
  #open({ client, secrets }: ClientWithSecrets): Provider | undefined {
    const { id, name, ownerId, orgId, config } = client
    const errors = collectErrors(LlmProviderConfig, config)
    if (errors.length > 0) {
      this.#logger.error({ provider: name, errors }, 'the config of a provider does not fit')
      return undefined
    }
    const sealed = secrets[CLIENT_SECRET_KEY]
    try {
      const place = clientSecretPlace(id, clientOrigin(client.type, config))
      const key = sealed && new Secret(this.#keys.decryptText(sealed, place))
      return { name, ownerId, orgId, config: config as LlmProviderConfig, key }
    } catch (error) {
      this.#logger.error({ provider: name, err: error }, 'the key of a provider can not be opened')
      return undefined
    }
  }
}
