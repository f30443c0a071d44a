import { checkScopes } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { canonicalJson } from '@alkdev/std'
import type { StoredEntry, StoredProvider } from './registry-store.ts'
import { serves } from './visibility.ts'
import { compareVersions } from './versions.ts'

/** For each pool, as it was put together last, what identities see of it. A pool that changes is another object. */
const views = new WeakMap<StoredEntry, WeakMap<Identity, StoredEntry | 'nothing'>>()
const shapes = new WeakMap<OperationSpec, string>()

/** The entry as the identity sees it: scopes, and for what spokes offer the serving rule. Undefined for what it may not see. */
export function seenBy(entry: StoredEntry, identity: Identity): StoredEntry | undefined {
  const seen = entry.kind === 'pool' ? poolOf(entry, identity) : entry
  if (seen === undefined || !checkScopes(seen.spec.accessControl, identity)) return undefined
  if (entry.kind === 'service' || entry.kind === 'pool') return seen
  for (const provider of entry.providers) if (serves(provider, identity)) return seen
  return undefined
}

/** Active before inactive, then the higher version. */
export function rank(a: StoredProvider, b: StoredProvider): number {
  const active = Number(a.status === 'active') - Number(b.status === 'active')
  return active === 0 ? compareVersions(a.spec.version, b.spec.version) : active
}

/**
 * Do the two meet in one pool? Providers of one owner or of one organization were held against each other when they registered
 * (`Directory.promised`). Strangers are not, so that nobody can spoil the pool of another.
 */
export function arePeers(
  a: { readonly ownerId: string; readonly orgId?: string },
  b: { readonly ownerId: string; readonly orgId?: string },
): boolean {
  return a.ownerId === b.ownerId || (a.orgId !== undefined && a.orgId === b.orgId)
}

/**
 * The pool of those who serve the identity: it promises what the highest version among them does, and holds the peers of that provider
 * and whoever else takes and returns just the same.
 */
function poolOf(entry: StoredEntry, identity: Identity): StoredEntry | undefined {
  let known = views.get(entry)
  if (known === undefined) views.set(entry, (known = new WeakMap()))
  let view = known.get(identity)
  if (view === undefined) known.set(identity, (view = madeFor(entry, identity) ?? 'nothing'))
  return view === 'nothing' ? undefined : view
}

function madeFor(entry: StoredEntry, identity: Identity): StoredEntry | undefined {
  const served = entry.providers.filter((provider) => serves(provider, identity))
  const [first, ...others] = served
  if (first === undefined) return undefined
  let best = first
  for (const provider of others) if (rank(provider, best) > 0) best = provider
  const members = served.filter(
    (provider) => arePeers(provider, best) || shapeOf(provider.spec) === shapeOf(best.spec),
  )
  const isWhole = members.length === entry.providers.length && best.spec === entry.spec
  return isWhole ? entry : { ...entry, spec: best.spec, providers: members }
}

function shapeOf(spec: OperationSpec): string {
  let shape = shapes.get(spec)
  if (shape === undefined) {
    shape = canonicalJson([spec.type, spec.inputSchema, spec.outputSchema])
    shapes.set(spec, shape)
  }
  return shape
}
