import type { SearchEntry } from '@alkdev/operations/search'
import type { StoredEntry } from './registry-store.ts'

/** A spoke's own copy of an operation ranks after the pool that stands for all of them. */
const PINNED_PRIOR = 0.85
/** The hub's own operations rank after what spokes offer, unless the query has all words of their names. */
const SERVICE_PRIOR = 0.4

/** What the search index holds of an operation in the directory. Copies of one operation on several spokes are one group. */
export function searchEntry(entry: StoredEntry): SearchEntry {
  const { spec, operationId, kind, providers } = entry
  const { namespace, name, title, type, description, tags, inputSchema } = spec
  const own = { namespace, name, title, type, description, tags, inputSchema, source: spec }
  const group = `${namespace}.${name}`
  if (kind === 'service') return { ...own, prior: SERVICE_PRIOR, priorUnlessNamed: true }
  if (kind === 'client') return { ...own, owner: operationId.split('.')[0] }
  if (kind === 'pool') return { ...own, group }
  return { ...own, prior: PINNED_PRIOR, group, owner: providers[0]?.spokeName }
}
