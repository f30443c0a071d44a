import type { Identity, OperationSpec } from '@alkdev/operations'
import { isBetter } from './pool-view.ts'
import type { StoredEntry, StoredProvider } from './registry-store.ts'

/** The spokes that an identity may use: their ids, some of which may not be members of a pool. */
export type SpokesFor = (identity: Identity) => Iterable<string>

/**
 * The providers of one name. A change of one member costs the same however many members there are, unless the best one leaves or gets worse.
 */
export class Pool {
  readonly #name: string
  readonly #spokesFor: SpokesFor
  readonly #members = new Map<string, StoredProvider>()
  #best: StoredProvider | undefined
  #bestIsKnown = true
  #list: readonly StoredProvider[] | undefined

  constructor(name: string, spokesFor: SpokesFor) {
    this.#name = name
    this.#spokesFor = spokesFor
  }

  get size(): number {
    return this.#members.size
  }

  set(provider: StoredProvider): void {
    const known = this.#members.get(provider.spokeId)
    this.#members.set(provider.spokeId, provider)
    this.#list = undefined
    const best = this.#best
    if (known !== undefined && known === best) {
      // Better than itself, it is still the best; worse, another one may be.
      if (isBetter(known, provider)) this.#bestIsKnown = false
      this.#best = provider
    } else if (best === undefined || isBetter(provider, best)) this.#best = provider
  }

  /** False if the spoke was no member. */
  delete(spokeId: string): boolean {
    const known = this.#members.get(spokeId)
    if (known === undefined) return false
    this.#members.delete(spokeId)
    this.#list = undefined
    if (known === this.#best) {
      this.#best = undefined
      this.#bestIsKnown = this.#members.size === 0
    }
    return true
  }

  /** All members, as the directory shows them. The spec is that of the best one. Undefined without members. */
  entry(): StoredEntry | undefined {
    const spec = this.#bestSpec()
    return spec === undefined ? undefined : new PoolEntry(this.#name, spec, this)
  }

  get members(): readonly StoredProvider[] {
    return (this.#list ??= [...this.#members.values()])
  }

  /** Every member that the identity may use as a member of a pool, and perhaps others. */
  membersFor(identity: Identity): readonly StoredProvider[] {
    const found: StoredProvider[] = []
    for (const spokeId of this.#spokesFor(identity)) {
      const provider = this.#members.get(spokeId)
      if (provider !== undefined) found.push(provider)
    }
    return found
  }

  #bestSpec(): OperationSpec | undefined {
    if (!this.#bestIsKnown) {
      let best: StoredProvider | undefined
      for (const provider of this.#members.values())
        if (best === undefined || isBetter(provider, best)) best = provider
      this.#best = best
      this.#bestIsKnown = true
    }
    return this.#best?.spec
  }
}

/** The list of members is made when it is read: most changes of a large pool are not looked at. */
class PoolEntry implements StoredEntry {
  readonly operationId: string
  readonly spec: OperationSpec
  readonly kind = 'pool'
  readonly #pool: Pool
  #providers: readonly StoredProvider[] | undefined

  constructor(operationId: string, spec: OperationSpec, pool: Pool) {
    this.operationId = operationId
    this.spec = spec
    this.#pool = pool
  }

  get providers(): readonly StoredProvider[] {
    return (this.#providers ??= this.#pool.members)
  }

  membersFor(identity: Identity): readonly StoredProvider[] {
    return this.#pool.membersFor(identity)
  }
}
