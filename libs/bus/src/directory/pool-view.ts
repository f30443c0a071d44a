import { checkScopes } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import type { DirectoryEntry, DirectoryProvider } from '../directory.ts'
import { poolMisfit } from './pool-fit.ts'
import type { StoredEntry, StoredProvider } from './registry-store.ts'
import { isGranted, isMember, isOwner, serves } from './visibility.ts'
import { compareVersions } from './versions.ts'

/** For each pool, its last view per identity. A pool that changes is a new object. */
const views = new WeakMap<StoredEntry, WeakMap<Identity, StoredEntry | 'nothing'>>()

/** The entry as the identity sees it, by scopes and, for spokes, by the serving rule. Undefined when it may not see it. */
export function visibleTo(entry: StoredEntry, identity: Identity): StoredEntry | undefined {
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

/** The spec of the provider that ranks highest; of equals the one offered first. */
export function bestSpec(providers: readonly StoredProvider[]): OperationSpec | undefined {
  let best: StoredProvider | undefined
  for (const provider of providers)
    if (best === undefined || isBetter(provider, best)) best = provider
  return best?.spec
}

/** Does the first rank higher, or as high and was offered first? */
export function isBetter(a: StoredProvider, b: StoredProvider): boolean {
  const order = rank(a, b)
  return order > 0 || (order === 0 && isEarlier(a, b))
}

/** The owner of the provider that was offered first. */
export function firstOwner(providers: readonly StoredProvider[]): string | undefined {
  let first: StoredProvider | undefined
  for (const provider of providers)
    if (first === undefined || isEarlier(provider, first)) first = provider
  return first?.ownerId
}

/** Every process must compute the same order, so ids decide between equal times. */
function isEarlier(a: StoredProvider, b: StoredProvider): boolean {
  return a.offeredAtMs === b.offeredAtMs ? a.spokeId < b.spokeId : a.offeredAtMs < b.offeredAtMs
}

function poolOf(entry: StoredEntry, identity: Identity): StoredEntry | undefined {
  let known = views.get(entry)
  if (known === undefined) views.set(entry, (known = new WeakMap()))
  let view = known.get(identity)
  if (view === undefined) known.set(identity, (view = viewFor(entry, identity) ?? 'nothing'))
  return view === 'nothing' ? undefined : view
}

/** The ids of the spokes of a view, by its list of providers. */
const spokesOf = new WeakMap<readonly DirectoryProvider[], ReadonlySet<string>>()

/** Is the spoke a provider of this entry? The first question about an entry costs a pass over its providers, the next ones nothing. */
export function hasSpoke({ providers }: DirectoryEntry, spokeId: string): boolean {
  let ids = spokesOf.get(providers)
  if (ids === undefined)
    spokesOf.set(providers, (ids = new Set(providers.map((provider) => provider.spokeId))))
  return ids.has(spokeId)
}

/**
 * The pool of one identity: its own spokes, those of its organizations, and those that it holds a grant on by name.
 *
 * While a spoke of its own is attached or suspended, the pool contains only its own spokes: calls and their inputs
 * go to no other spoke. Otherwise the owner that offered the name first sets the pool contract, and spokes of
 * other owners join when they keep that contract and allow the caller. A grant on all spokes opens their pinned names only: otherwise
 * any account could add a spoke to the pools of the holder of such a grant.
 */
function viewFor(entry: StoredEntry, identity: Identity): StoredEntry | undefined {
  // The entry of a registry names those to look at, so that a view costs no pass over the spokes of others.
  const providers = (entry.membersFor?.(identity) ?? entry.providers).filter(
    (provider) =>
      isOwner(provider, identity) || isMember(provider, identity) || isGranted(provider, identity),
  )
  const own = providers.filter((provider) => isOwner(provider, identity))
  if (own.some(({ status }) => status !== 'inactive')) return viewOf(entry, own, own)
  const owner = firstOwner(providers)
  return viewOf(
    entry,
    providers.filter(({ ownerId }) => ownerId === owner),
    providers,
    identity,
  )
}

function viewOf(
  entry: StoredEntry,
  promising: readonly StoredProvider[],
  offered: readonly StoredProvider[],
  identity?: Identity,
): StoredEntry | undefined {
  const spec = bestSpec(promising)
  if (spec === undefined) return undefined
  const promised = new Set(promising)
  const providers = offered.filter(
    (provider) =>
      promised.has(provider) ||
      (identity !== undefined &&
        checkScopes(provider.spec.accessControl, identity) &&
        poolMisfit(provider.spec, spec) === undefined),
  )
  return { operationId: entry.operationId, kind: entry.kind, spec, providers }
}
