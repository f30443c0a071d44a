import type { ServiceRuntime } from '@alkdev/service'
import { coversLogIn, endConsoleKey } from './console-keys.ts'
import type { SealedSession } from './sealed-session.ts'

/** Log-ins remembered at most, the latest used; of a forgotten one the streams that are open do not end with the key that logged in. */
const MAX_LOG_INS = 10_000

/**
 * The keys that log-ins were made with. When one of them is no longer valid, or has lost a right, the keys of its log-ins are revoked, which ends
 * their streams as well.
 */
export class ParentKeys {
  readonly #runtime: ServiceRuntime<'gateway'>
  /** The key that logged in, by the key of the log-in. */
  readonly #parents = new Map<string, string>()

  constructor(runtime: ServiceRuntime<'gateway'>) {
    this.#runtime = runtime
    runtime.onIdentityChange(({ kind, subjectIds }) => {
      if (kind !== 'key' && subjectIds !== undefined) return
      const known = new Set(this.#parents.values())
      for (const keyId of subjectIds ?? known) if (known.has(keyId)) void this.#review(keyId)
    })
  }

  note({ keyId, parentKeyId }: SealedSession): void {
    this.#parents.delete(keyId)
    this.#parents.set(keyId, parentKeyId)
    const [oldest] = this.#parents.keys()
    if (this.#parents.size > MAX_LOG_INS && oldest !== undefined) this.#parents.delete(oldest)
  }

  async #review(parentKeyId: string): Promise<void> {
    const { logger } = this.#runtime
    try {
      const parent = await this.#look(parentKeyId)
      const keyIds = [...this.#parents].filter(([, id]) => id === parentKeyId).map(([id]) => id)
      await Promise.all(
        keyIds.map(async (keyId) => {
          const own = await this.#look(keyId)
          if (own !== undefined && parent !== undefined && coversLogIn(parent, own)) return
          this.#parents.delete(keyId)
          if (own !== undefined) await endConsoleKey(this.#runtime, keyId)
        }),
      )
    } catch (error) {
      // The next request of the log-in looks again.
      logger.debug({ err: error }, 'the log-ins of a key could not be ended')
    }
  }

  async #look(keyId: string) {
    const { authenticator } = this.#runtime
    return (await authenticator.recheck({ id: '', scopes: [], keyId }))?.identity
  }
}
