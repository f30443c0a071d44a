import type { Identity } from '@alkdev/operations'
import type { Directory, DirectoryEntry, DirectoryFilter, DirectoryHit } from '../directory.ts'
import { isDeparted, isUnavailable } from './departed.ts'
import type { DirectoryIndex } from './directory-index.ts'
import { bestSpec, firstOwner, hasSpoke, visibleTo } from './pool-view.ts'
import { fuseRanks, MAX_FUSED } from './fuse-ranks.ts'
import type { RegistryStore, StoredEntry, StoredProvider } from './registry-store.ts'
import { searchEntry } from './search-entry.ts'
import type { SortedIds } from './sorted-ids.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200

export interface DirectoryParts {
  readonly store: RegistryStore
  readonly index: DirectoryIndex
  readonly ids: SortedIds
  change(): number
}

/** By what the identity sees of it. */
function matches(entry: StoredEntry, filter: DirectoryFilter): boolean {
  const { namespace, type, tag, departed } = filter
  if (departed !== true && isDeparted(entry)) return false
  if (type !== undefined && entry.spec.type !== type) return false
  if (tag !== undefined && entry.spec.tags?.includes(tag) !== true) return false
  if (namespace === undefined) return true
  return entry.spec.namespace === namespace || entry.operationId.startsWith(`${namespace}.`)
}

/** What the second stage counts for an operation. It ranks those of the hub after the others, as the first one does. */
function secondWeight(
  entry: StoredEntry | undefined,
  factorOf: (id: string) => number = () => 1,
): number {
  if (entry === undefined) return 0
  return (searchEntry(entry).prior ?? 1) * factorOf(entry.operationId)
}

export function createDirectory(parts: DirectoryParts): Directory {
  const { store, index, ids } = parts

  function limitOf(limit: number | undefined): number {
    return Math.max(1, Math.min(MAX_LIMIT, Math.trunc(limit ?? DEFAULT_LIMIT)))
  }

  function seen(operationId: string, identity: Identity): StoredEntry | undefined {
    const entry = store.get(operationId)
    return entry === undefined ? undefined : visibleTo(entry, identity)
  }

  /** True for the pinned name of a spoke whose operation the identity sees in a pool too, where calls can be answered as well. */
  function isTwin({ kind, providers: [provider] }: StoredEntry, identity: Identity): boolean {
    if (kind !== 'spoke' || provider === undefined) return false
    const pool = seen(provider.name, identity)
    if (pool?.kind !== 'pool' || isDeparted(pool)) return false
    if (isUnavailable(pool) && provider.status === 'active') return false
    return hasSpoke(pool, provider.spokeId)
  }

  return {
    get change() {
      return parts.change()
    },
    get revision() {
      return store.revision
    },
    get: seen,
    list(identity, filter = {}) {
      const limit = limitOf(filter.limit)
      const items: DirectoryEntry[] = []
      for (const id of ids.after(filter.cursor)) {
        const entry = seen(id, identity)
        if (entry === undefined || !matches(entry, filter)) continue
        if (filter.withoutTwins === true && isTwin(entry, identity)) continue
        if (items.length === limit) {
          return { items, nextCursor: items.at(-1)?.operationId ?? '' }
        }
        items.push(entry)
      }
      return { items }
    },
    all: () => store.entries,
    async ranked(identity, query, filter = {}) {
      const accept = (id: string): boolean => {
        const entry = seen(id, identity)
        return entry !== undefined && matches(entry, filter)
      }
      const found = await index.search(filter.signal, query, limitOf(filter.limit), accept)
      return { items: found.flatMap(({ id }) => seen(id, identity) ?? []) }
    },
    async search(identity, query, { limit = 10, factorOf, nearest, signal } = {}) {
      const most = limitOf(limit)
      const found = async (most: number, unavailable: boolean): Promise<DirectoryHit[]> => {
        if (most === 0) return []
        const accept = (id: string): boolean => {
          const entry = seen(id, identity)
          if (entry === undefined || isDeparted(entry)) return false
          if (isUnavailable(entry) !== unavailable) return false
          return id === query.trim() || !isTwin(entry, identity)
        }
        const count = nearest ? MAX_FUSED : most
        const first = await index.search(signal, query, count, accept, factorOf)
        const hits = nearest
          ? fuseRanks(query, first, nearest(accept, MAX_FUSED), (id) =>
              secondWeight(store.get(id), factorOf),
            )
          : first
        return hits.slice(0, most).flatMap(({ id, score }) => {
          const entry = seen(id, identity)
          return entry === undefined ? [] : [{ entry, score }]
        })
      }
      // What takes no calls now comes after everything that does, and takes no place of it.
      const available = await found(most, false)
      return [...available, ...(await found(most - available.length, true))]
    },
    poolContract(operationId, member, among) {
      const pool = store.get(operationId)
      if (pool?.kind !== 'pool') return undefined
      const membersFor = (holder: Omit<Identity, 'scopes'>): readonly StoredProvider[] =>
        pool.membersFor?.({ ...holder, scopes: [] }) ?? pool.providers
      if (among === 'owner') {
        const others = membersFor({ id: member.ownerId }).filter(
          ({ spokeName }) => spokeName !== member.spokeName,
        )
        // A disconnected spoke sets no contract; a suspended one may return.
        const own = ({ ownerId, status }: StoredProvider): boolean =>
          ownerId === member.ownerId && status !== 'inactive'
        return bestSpec(others.filter(own))
      }
      const { orgId } = member
      if (orgId === undefined) return undefined
      // The spoke itself counts for the order, so that the first owner is not compared with later ones.
      const members = membersFor({ id: '', orgIds: [orgId] }).filter(
        (provider) => provider.orgId === orgId,
      )
      const first = firstOwner(members)
      if (first === undefined || first === member.ownerId) return undefined
      return bestSpec(members.filter(({ ownerId }) => ownerId === first))
    },
  }
}
