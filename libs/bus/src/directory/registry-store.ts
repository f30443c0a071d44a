import type { RegistryOperation, RegistrySpoke, ServiceOperation } from '@alkdev/contracts'
import type { Identity, OperationSpec } from '@alkdev/operations'
import type { DirectoryEntry, DirectoryProvider, ProviderStatus } from '../directory.ts'
import { Pool } from './pool.ts'
import { SharedSpecs } from './shared-specs.ts'
import { SpokesByHolder } from './spokes-by-holder.ts'

/** A provider as the store keeps it: its view in the directory, and its offered spec. */
export interface StoredProvider extends DirectoryProvider {
  readonly spec: OperationSpec
  /** `performance.now()` at which the status was seen first. */
  readonly sinceMs: number
  /** When the spoke first offered it, in milliseconds since the epoch by the clock of the registry. */
  readonly offeredAtMs: number
}

export interface StoredEntry extends DirectoryEntry {
  readonly providers: readonly StoredProvider[]
  /** Of a pool: every provider that the identity may use as a member of it, and perhaps others. */
  membersFor?(identity: Identity): readonly StoredProvider[]
}

export interface StoreEvents {
  onAdded(entry: StoredEntry): void
  onRemoved(entry: StoredEntry): void
  /** A known spoke serves another organization than before, or none. */
  onServesOthers(spokeId: string): void
}

interface SpokeState {
  readonly spoke: RegistrySpoke
  /** By the spoke's own `namespace.name`: each call looks its operation up. */
  readonly offered: ReadonlyMap<string, RegistryOperation>
  readonly sinceMs: number
}

/** The whole registry in memory: the hub's own operations, every spoke's under its pinned names, and the pools. */
export class RegistryStore {
  readonly #entries = new Map<string, StoredEntry>()
  readonly #spokes = new Map<string, SpokeState>()
  readonly #pools = new Map<string, Pool>()
  readonly #holders = new SpokesByHolder()
  readonly #specs = new SharedSpecs()
  /** Pools whose entries must be replaced. */
  readonly #changed = new Set<string>()
  readonly #events: StoreEvents
  #revision = 0

  constructor(contracts: readonly ServiceOperation[], events: StoreEvents) {
    this.#events = events
    for (const { spec, service } of contracts) {
      const operationId = `${spec.namespace}.${spec.name}`
      this.#put({ operationId, spec, kind: 'service', service, providers: [] })
    }
  }

  /** Rises with every entry that is added, replaced or removed. */
  get revision(): number {
    return this.#revision
  }

  get(operationId: string): StoredEntry | undefined {
    return this.#entries.get(operationId)
  }

  get entries(): Iterable<StoredEntry> {
    return this.#entries.values()
  }

  spoke(spokeId: string): RegistrySpoke | undefined {
    return this.#spokes.get(spokeId)?.spoke
  }

  get spokeIds(): readonly string[] {
    return [...this.#spokes.keys()]
  }

  /** The operations of a spoke under its own `namespace.name`. */
  offered(spokeId: string, name: string): RegistryOperation | undefined {
    return this.#spokes.get(spokeId)?.offered.get(name)
  }

  /** Adds a spoke or replaces its entry. An older epoch than the stored one is ignored. Ends with `settle`. */
  upsert(given: RegistrySpoke): void {
    const known = this.#spokes.get(given.spokeId)
    if (known !== undefined && known.spoke.epoch > given.epoch) return
    const spoke = { ...given, operations: this.#specs.share(given.operations) }
    if (known !== undefined) {
      const kept = new Set(spoke.operations.map(({ operationId }) => operationId))
      this.#removeOperations(known.spoke, kept)
      this.#specs.release(known.spoke.operations)
    }
    this.#holders.replace(known?.spoke, spoke)
    const same = known?.spoke.status === spoke.status && known.spoke.epoch === spoke.epoch
    const sinceMs = same ? known.sinceMs : performance.now()
    const offered = new Map(spoke.operations.map((operation) => [operation.name, operation]))
    this.#spokes.set(spoke.spokeId, { spoke, offered, sinceMs })
    for (const operation of spoke.operations) this.#offer(spoke, operation, sinceMs)
    if (known !== undefined && known.spoke.orgId !== spoke.orgId)
      this.#events.onServesOthers(spoke.spokeId)
  }

  /** Ends with `settle`. Returns how much was removed: the spoke and its operations. */
  remove(spokeId: string): number {
    const known = this.#spokes.get(spokeId)
    if (known === undefined) return 0
    this.#removeOperations(known.spoke, new Set())
    this.#holders.replace(known.spoke, undefined)
    this.#specs.release(known.spoke.operations)
    this.#spokes.delete(spokeId)
    return 1 + known.spoke.operations.length
  }

  /** The socket of a spoke has closed, before the registry records it: the spoke is skipped at once. */
  suspend(spokeId: string, epoch: number): void {
    const spoke = this.spoke(spokeId)
    if (spoke === undefined || spoke.epoch !== epoch || spoke.status !== 'connected') return
    this.upsert({ ...spoke, status: 'suspended' })
    this.settle()
  }

  /** Milliseconds since this attachment lost its connection; undefined when it has not. */
  suspendedForMs(spokeId: string, epoch: number): number | undefined {
    const known = this.#spokes.get(spokeId)
    if (known?.spoke.status !== 'suspended' || known.spoke.epoch !== epoch) return undefined
    return performance.now() - known.sinceMs
  }

  /** Replaces the entries of up to `most` pools that changed since the last time. True when some are left. */
  settle(most = Infinity): boolean {
    let taken = 0
    for (const name of this.#changed) {
      if (taken === most) return true
      taken += 1
      this.#changed.delete(name)
      this.#replacePool(name)
    }
    return false
  }

  #offer(spoke: RegistrySpoke, operation: RegistryOperation, sinceMs: number): void {
    const status = providerStatus(spoke, operation)
    const pinned = spoke.providerType === undefined
    // Also while its spoke is suspended: the state of the socket does not change a quarantine.
    const pooled = pinned && operation.spec.pool !== false && operation.status !== 'quarantined'
    if (status === undefined || !pooled) {
      this.#leavePool(spoke.spokeId, operation.name)
    }
    if (status === undefined) {
      this.#drop(operation.operationId)
      return
    }
    const provider: StoredProvider = {
      spokeId: spoke.spokeId,
      spokeName: spoke.name,
      ownerId: spoke.ownerId,
      epoch: spoke.epoch,
      status,
      name: operation.name,
      spec: operation.spec,
      sinceMs,
      offeredAtMs: operation.offeredAtMs ?? Number.POSITIVE_INFINITY,
      ...(spoke.providerType && { providerType: spoke.providerType }),
      ...(spoke.orgId !== undefined && { orgId: spoke.orgId }),
      ...(spoke.instanceId !== undefined && { instanceId: spoke.instanceId }),
      ...(operation.reason !== undefined && { reason: operation.reason }),
    }
    this.#put({
      operationId: operation.operationId,
      spec: operation.spec,
      kind: pinned ? 'spoke' : 'client',
      providers: [provider],
    })
    if (pooled) this.#joinPool(provider)
  }

  #joinPool(provider: StoredProvider): void {
    const { name } = provider
    const pool = this.#pools.get(name) ?? new Pool(name, (identity) => this.#holders.of(identity))
    this.#pools.set(name, pool)
    pool.set(provider)
    this.#changed.add(name)
  }

  #leavePool(spokeId: string, name: string): void {
    const pool = this.#pools.get(name)
    if (pool?.delete(spokeId) !== true) return
    if (pool.size === 0) this.#pools.delete(name)
    this.#changed.add(name)
  }

  #removeOperations(spoke: RegistrySpoke, kept: ReadonlySet<string>): void {
    for (const operation of spoke.operations) {
      if (kept.has(operation.operationId)) continue
      this.#drop(operation.operationId)
      this.#leavePool(spoke.spokeId, operation.name)
    }
  }

  /** All providers of a name in one entry. `visibleTo` returns the view of an identity. */
  #replacePool(name: string): void {
    const known = this.#entries.get(name)
    if (known !== undefined && known.kind !== 'pool') return
    const entry = this.#pools.get(name)?.entry()
    if (entry === undefined) this.#drop(name)
    else this.#put(entry)
  }

  #put(entry: StoredEntry): void {
    const known = this.#entries.get(entry.operationId)
    this.#entries.set(entry.operationId, entry)
    this.#revision += 1
    // Most changes concern a provider's state, which the index does not hold.
    if (known !== undefined && sameWords(known, entry)) return
    if (known !== undefined) this.#events.onRemoved(known)
    this.#events.onAdded(entry)
  }

  #drop(operationId: string): void {
    const known = this.#entries.get(operationId)
    if (known === undefined || known.kind === 'service') return
    this.#entries.delete(operationId)
    this.#revision += 1
    this.#events.onRemoved(known)
  }
}

/** Undefined for an operation that a connected spoke no longer offers. */
function providerStatus(
  spoke: RegistrySpoke,
  operation: RegistryOperation,
): ProviderStatus | undefined {
  if (operation.status === 'inactive' && spoke.status === 'connected') return undefined
  if (spoke.status === 'suspended') return 'suspended'
  if (spoke.status === 'disconnected') return 'inactive'
  return operation.status
}

/** True when both entries have the same indexed words. */
function sameWords(a: StoredEntry, b: StoredEntry): boolean {
  const { title, description, tags } = b.spec
  return (
    a.kind === b.kind &&
    a.spec.title === title &&
    a.spec.description === description &&
    (a.spec.tags ?? []).join('\n') === (tags ?? []).join('\n')
  )
}
