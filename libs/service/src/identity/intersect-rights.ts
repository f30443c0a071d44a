import { coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

/**
 * The rights of a call that a spoke makes on behalf of a caller: those that both have, until the earlier end of the two. The account is the caller's, so the
 * effects are attributed to the caller.
 */
export function intersectRights(caller: Identity, spoke: Identity): Identity {
  const resources = intersectResources(caller.resources, spoke.resources)
  const spokeOrgs = new Set(spoke.orgIds)
  const ends = Math.min(caller.rightsEndAtMs ?? Infinity, spoke.rightsEndAtMs ?? Infinity)
  return {
    ...caller,
    scopes: both(caller.scopes, spoke.scopes),
    ...(resources && { resources }),
    ...(ends < Infinity && { rightsEndAtMs: ends }),
    ...(caller.orgIds && { orgIds: caller.orgIds.filter((id) => spokeOrgs.has(id)) }),
  }
}

/** Scopes of either list that the other one covers. */
function both(a: readonly string[], b: readonly string[]): string[] {
  const kept = new Set([
    ...a.filter((scope) => b.some((granted) => coversScope([granted], scope))),
    ...b.filter((scope) => a.some((granted) => coversScope([granted], scope))),
  ])
  return [...kept]
}

type Resources = Identity['resources']

function intersectResources(a: Resources, b: Resources): Resources {
  if (!a || !b) return {}
  const all = new Set([...Object.keys(a), ...Object.keys(b)])
  const entries = [...all].flatMap((key) => {
    const actions = new Set(granted(b, key))
    const shared = granted(a, key).filter((action) => actions.has(action))
    return shared.length > 0 ? [[key, shared] as const] : []
  })
  return Object.fromEntries(entries)
}

/** Actions on a resource, including those on all of its type. */
function granted(resources: NonNullable<Resources>, key: string): readonly string[] {
  const every = `${key.split(':', 1)[0]}:*`
  return [...(resources[key] ?? []), ...(key === every ? [] : (resources[every] ?? []))]
}
