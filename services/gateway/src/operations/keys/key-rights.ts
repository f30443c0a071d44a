import type { StoredRequestLimits } from '@alkdev/contracts'
import { intersectRights, missingRights } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { findKeyHolder, isActiveAdmin, ownedSpokeNames } from '@alkdev/storage'
import type { ApiKeyRow, Db, KeyHolder } from '@alkdev/storage'
import { sharedNow } from '@alkdev/std'
import { enforceNarrower, refuseMissing } from './enforce-narrower.ts'

type Resources = Readonly<Record<string, readonly string[]>>

/** The rights of a key, existing or planned. */
export interface AskedRights {
  readonly scopes: readonly string[]
  readonly resources: Resources
}

/** The rights that the keys of a call may give to a key that they make or change: at most their own, and for no longer. */
export interface KeyRights {
  /** When the first of them, or the OAuth token that acts with one, ends: in milliseconds since the epoch; Infinity for never. */
  readonly endsAtMs: number
  /** The request limits of the caller's key. */
  readonly limits: StoredRequestLimits | undefined
  /** Throws ACCESS_DENIED unless the caller has all of these rights. */
  enforceCovered(asked: AskedRights): Promise<void>
  /** Throws ACCESS_DENIED for an end later than the caller's. */
  enforceEnd(expiresAtMs: number): void
}

/**
 * The rights of the keys that make the call (the caller's first, then those of the spokes that act on its behalf), as they are now, at most those
 * with which the call was admitted. Throws UNAUTHENTICATED when one of the keys is no longer valid.
 */
export async function keyRights(
  db: Db,
  admitted: Identity,
  keyIds: readonly string[],
): Promise<KeyRights> {
  const holders = await Promise.all(keyIds.map((keyId) => findKeyHolder(db, keyId)))
  const good = holders.map(goodKey)
  const ends = good.map(({ expiresAt }) => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY)
  // The rights at admission may exceed the current rights of the keys.
  const caller = good.reduce<Identity>(
    (left, { scopes, resources }) => intersectRights(left, { id: left.id, scopes, resources }),
    { resources: {}, ...admitted },
  )
  const endsAtMs = Math.min(admitted.rightsEndAtMs ?? Number.POSITIVE_INFINITY, ...ends)
  return {
    endsAtMs,
    limits: good[0]?.requestLimits ?? undefined,
    async enforceCovered({ scopes, resources }) {
      enforceNarrower(caller, scopes, resources)
      if (!caller.scopes.includes('*')) return
      refuseMissing(missingRights(caller, [], await spokesOfOthers(db, caller, resources)))
    },
    enforceEnd(expiresAtMs) {
      if (expiresAtMs <= endsAtMs) return
      const latest = new Date(endsAtMs).toISOString()
      throw new CallError(
        'ACCESS_DENIED',
        `A key cannot give rights for longer than it has them: until ${latest}.`,
        { path: '/expiresAt', latest },
      )
    },
  }
}

function goodKey(holder: KeyHolder | undefined): ApiKeyRow {
  const { key, accountStatus } = holder ?? {}
  const isGood =
    key?.enabled === true &&
    key.revokedAt === null &&
    (key.expiresAt === null || key.expiresAt.getTime() > sharedNow()) &&
    accountStatus === 'active'
  if (isGood) return key
  throw new CallError('UNAUTHENTICATED', 'The key is no longer valid.')
}

/**
 * The resources that `*` does not cover. It covers what the account may do: any resource, except the right to call spokes of other
 * accounts, which only an admin grants.
 */
async function spokesOfOthers(db: Db, caller: Identity, resources: Resources): Promise<Resources> {
  const spokes = Object.entries(resources).filter(([on]) => on.startsWith('spoke:'))
  if (spokes.length === 0 || (await isActiveAdmin(db, caller.id))) return {}
  const names = spokes.map(([on]) => on.slice('spoke:'.length))
  const own = new Set(await ownedSpokeNames(db, caller.id, names))
  return Object.fromEntries(spokes.filter((_entry, at) => !own.has(names[at] ?? '')))
}
