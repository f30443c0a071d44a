import type { ServiceName } from '@alkdev/contracts'
import type { Identity, OperationSpec } from '@alkdev/operations'

export type ProviderStatus = 'active' | 'suspended' | 'quarantined' | 'inactive'

/** One spoke, or outside service, that offers one operation. */
export interface DirectoryProvider {
  /** Absent: a spoke. */
  readonly providerType?: 'client'
  readonly spokeId: string
  readonly spokeName: string
  readonly ownerId: string
  readonly orgId?: string
  readonly instanceId?: string
  readonly epoch: number
  readonly status: ProviderStatus
  readonly reason?: string
  /** The spoke's own `namespace.name`. */
  readonly name: string
}

/** One operation as list, search, schema and call show it. */
export interface DirectoryEntry {
  readonly operationId: string
  readonly spec: OperationSpec
  readonly kind: 'service' | 'spoke' | 'pool' | 'client'
  /** Of kind `service`: the service that executes it; `local` is executed by every process itself. */
  readonly service?: ServiceName | 'local'
  readonly providers: readonly DirectoryProvider[]
}

export interface DirectoryHit {
  readonly entry: DirectoryEntry
  readonly score: number
}

/** The ids that a second stage of the search found, the best first: at most `limit` of those that `accept` admits. */
export type Nearest = (accept: (operationId: string) => boolean, limit: number) => readonly string[]

export interface SearchOptions {
  /** 1 to 200, default 10. */
  readonly limit?: number | undefined
  /** Multiplies the score of an operation. */
  readonly factorOf?: ((operationId: string) => number) | undefined
  /** Its order is merged with that of the words. */
  readonly nearest?: Nearest | undefined
  /** Ends the search, which rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** The in-memory registry of a process: a subset of what the bus offers, for list, search and schema. */
export interface Directory {
  /** Number of the registry change applied last. */
  readonly change: number
  /** Rises whenever an operation or one of its providers changes in this process; equal numbers mean the same answers. */
  readonly revision: number
  /** The entry if the identity may see it (scopes and the serving rule); otherwise undefined, as for an unknown name. */
  get(operationId: string, identity: Identity): DirectoryEntry | undefined
  list(identity: Identity, filter?: DirectoryFilter): DirectoryPage
  /** The best `limit` of a list by the words of a query; there is no next page. Runs as `search` does. */
  ranked(
    identity: Identity,
    query: string,
    filter?: Omit<DirectoryFilter, 'cursor' | 'withoutTwins'> & Pick<SearchOptions, 'signal'>,
  ): Promise<DirectoryPage>
  /**
   * Ranked by name, title, description, tags and parameters; best first. Without operations whose spokes are gone, and without the pinned
   * names that a pool of the results stands for. Operations that no provider takes now come last. Runs in slices, between which calls go on; one search
   * at a time.
   */
  search(
    identity: Identity,
    query: string,
    options?: SearchOptions,
  ): Promise<readonly DirectoryHit[]>
  /** Every operation, also those that no caller of this process may see: for an index, not for answers. */
  all(): Iterable<DirectoryEntry>
  /**
   * The pool contract of this name that applies to the member: for `owner` the highest version that the attached spokes of its
   * owner offer, the member excluded; for `organization` the contract of the owner that offered the name there first, undefined
   * when that is the member's owner. Ignores visibility: for registrations, not for answers.
   */
  poolContract(
    operationId: string,
    member: PoolMember,
    among: 'owner' | 'organization',
  ): OperationSpec | undefined
}

/** The provider of an operation, to find the pools that it shares. */
export interface PoolMember {
  readonly ownerId: string
  readonly orgId?: string
  readonly spokeName: string
}

export interface DirectoryFilter {
  readonly namespace?: string
  readonly type?: 'query' | 'mutation' | 'subscription'
  readonly tag?: string
  /** True to include operations that have no provider now because every spoke that registered them is disconnected. */
  readonly departed?: boolean
  /** True to leave out the pinned name of an operation that a pool stands for. */
  readonly withoutTwins?: boolean
  /** 1 to 200, default 50. */
  readonly limit?: number
  readonly cursor?: string
}

export interface DirectoryPage {
  readonly items: readonly DirectoryEntry[]
  readonly nextCursor?: string
}
