import type { Identity } from '@alkdev/operations'
import type { Directory, DirectoryEntry, DirectoryFilter, DirectoryPage } from '../directory.ts'
import { isDeparted, isUnavailable } from './departed.ts'
import { bestSpec, firstOwner, visibleTo } from './pool-view.ts'
import type { RegistryStore, StoredEntry, StoredProvider } from './registry-store.ts'
import type { SearchIndex } from './search-index.ts'
import type { SortedIds } from './sorted-ids.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200

export interface DirectoryParts {
  readonly store: RegistryStore
  readonly index: SearchIndex
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
    return pool.providers.some(({ spokeId }) => spokeId === provider.spokeId)
  }

  /** Ranked pages have no keyset: they hold the best `limit`. */
  function ranked(identity: Identity, filter: DirectoryFilter, q: string): DirectoryPage {
    const accept = (id: string): boolean => {
      const entry = seen(id, identity)
      return entry !== undefined && matches(entry, filter)
    }
    const found = index.search(q, limitOf(filter.limit), accept)
    return { items: found.flatMap(({ id }) => seen(id, identity) ?? []) }
  }

  return {
    get change() {
      return parts.change()
    },
    get: seen,
    list(identity, filter = {}) {
      if (filter.q !== undefined && filter.q.trim() !== '') {
        return ranked(identity, filter, filter.q)
      }
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
    search(identity, query, limit) {
      const accept = (id: string): boolean => {
        const entry = seen(id, identity)
        if (entry === undefined || isDeparted(entry)) return false
        return id === query.trim() || !isTwin(entry, identity)
      }
      const hits = index.search(query, limitOf(limit ?? 10), accept).flatMap(({ id, score }) => {
        const entry = seen(id, identity)
        return entry === undefined ? [] : [{ entry, score }]
      })
      const waiting = hits.filter(({ entry }) => isUnavailable(entry))
      return [...hits.filter(({ entry }) => !isUnavailable(entry)), ...waiting]
    },
    poolContract(operationId, member, among) {
      const pool = store.get(operationId)
      if (pool?.kind !== 'pool') return undefined
      const others = pool.providers.filter(({ spokeName }) => spokeName !== member.spokeName)
      if (among === 'owner') {
        // A disconnected spoke sets no contract; a suspended one may return.
        const own = ({ ownerId, status }: StoredProvider): boolean =>
          ownerId === member.ownerId && status !== 'inactive'
        return bestSpec(others.filter(own))
      }
      const { orgId } = member
      if (orgId === undefined) return undefined
      // The spoke itself counts for the order, so that the first owner is not compared with later ones.
      const members = pool.providers.filter((provider) => provider.orgId === orgId)
      const first = firstOwner(members)
      if (first === undefined || first === member.ownerId) return undefined
      return bestSpec(members.filter(({ ownerId }) => ownerId === first))
    },
  }
}
