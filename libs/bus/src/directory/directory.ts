import { checkScopes } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { Directory, DirectoryEntry, DirectoryFilter, DirectoryPage } from '../types.ts'
import type { RegistryStore, StoredEntry } from './registry-store.ts'
import type { SearchIndex } from './search-index.ts'
import type { SortedIds } from './sorted-ids.ts'
import { serves } from './visibility.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200

export interface DirectoryParts {
  readonly store: RegistryStore
  readonly index: SearchIndex
  readonly ids: SortedIds
  change(): number
}

/** May the identity see the entry: scopes, and for what spokes offer the serving rule. */
export function isVisible(entry: StoredEntry, identity: Identity): boolean {
  if (!checkScopes(entry.spec.accessControl, identity)) return false
  if (entry.kind === 'service') return true
  for (const provider of entry.providers) if (serves(provider, identity)) return true
  return false
}

/** The entry as this identity sees it: without the providers that do not serve it, which are looked up when asked for. */
function shown(entry: StoredEntry, identity: Identity): DirectoryEntry {
  if (entry.kind !== 'pool') return entry
  return {
    ...entry,
    get providers() {
      return entry.providers.filter((provider) => serves(provider, identity))
    },
  }
}

function matches(entry: StoredEntry, filter: DirectoryFilter): boolean {
  const { namespace, type, tag } = filter
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

  /** Ranked pages have no keyset: they hold the best `limit`. */
  function ranked(identity: Identity, filter: DirectoryFilter, q: string): DirectoryPage {
    const accept = (id: string): boolean => {
      const entry = store.get(id)
      return entry !== undefined && matches(entry, filter) && isVisible(entry, identity)
    }
    const found = index.search(q, limitOf(filter.limit), accept)
    return { items: found.flatMap(({ id }) => store.get(id) ?? []).map((e) => shown(e, identity)) }
  }

  return {
    get change() {
      return parts.change()
    },
    get(operationId, identity) {
      const entry = store.get(operationId)
      return entry !== undefined && isVisible(entry, identity) ? shown(entry, identity) : undefined
    },
    list(identity, filter = {}) {
      if (filter.q !== undefined && filter.q.trim() !== '') {
        return ranked(identity, filter, filter.q)
      }
      const limit = limitOf(filter.limit)
      const items: DirectoryEntry[] = []
      for (const id of ids.after(filter.cursor)) {
        const entry = store.get(id)
        if (entry === undefined || !matches(entry, filter) || !isVisible(entry, identity)) continue
        if (items.length === limit) {
          return { items, nextCursor: items.at(-1)?.operationId ?? '' }
        }
        items.push(shown(entry, identity))
      }
      return { items }
    },
    search(identity, query, limit) {
      const accept = (id: string): boolean => {
        const entry = store.get(id)
        return entry !== undefined && isVisible(entry, identity)
      }
      return index.search(query, limitOf(limit ?? 10), accept).flatMap(({ id, score }) => {
        const entry = store.get(id)
        return entry === undefined ? [] : [{ entry: shown(entry, identity), score }]
      })
    },
  }
}
