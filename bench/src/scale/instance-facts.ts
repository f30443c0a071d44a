/** What one instance needs for a registry of this size: what `instance-peer.ts` sends. */
export interface InstanceFacts {
  readonly spokes: number
  readonly operations: number
  /** Bytes of heap after a garbage collection, without those of the process before the registry was loaded. */
  readonly heapBytes: number
  /** Milliseconds until the whole registry was loaded. */
  readonly loadMs: number
  /** Milliseconds until one change of one spoke was applied, median. */
  readonly changeMs: number
  /** Milliseconds of the first look-up of a pool after a change, for an account with 100 spokes, and for a member of an organization with a tenth of all. */
  readonly ownPoolMs: number
  readonly organizationPoolMs: number
  /** Milliseconds of a look-up that was made before. */
  readonly knownPoolMs: number
  readonly pinnedMs: number
  /** Milliseconds of a search by a member of that organization, after a change. */
  readonly searchMs: number
  /** Milliseconds of the first page of a list, after a change. */
  readonly listMs: number
}
