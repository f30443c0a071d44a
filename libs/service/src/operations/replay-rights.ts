import type { BusCallOptions } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import { findCallerStanding, ownedSpokeNames } from '@alkdev/storage'
import type { Db, ReplayRights } from '@alkdev/storage'
import { ACTING_KEYS } from '../audit/audit.ts'
import { intersectRights } from '../identity/intersect-rights.ts'
import { missingRights } from '../identity/missing-rights.ts'

const LEVELS = ['member', 'admin', 'owner'] as const

/** The caller and the metadata of the call. */
export type Caller = Pick<BusCallOptions, 'principal' | 'metadata'>

/**
 * The rights that a service operation may check: those with which the caller was admitted, as far as its key and account still have them.
 * Memberships are read from the database; for a call that a spoke makes on behalf of the caller, they are those that both have.
 */
export async function rightsOf(db: Db, { principal, metadata }: Caller): Promise<ReplayRights> {
  const { id, keyId } = principal
  const orgIds = Array.isArray(metadata?.[ACTING_KEYS]) ? principal.orgIds : undefined
  const standing = await findCallerStanding(db, id, keyId)
  const { isAdmin = false, memberships = {}, scopes, resources } = standing ?? {}
  const left =
    scopes == null
      ? principal
      : intersectRights(principal, { id, scopes, resources: resources ?? {} })
  return {
    keyId,
    scopes: left.scopes,
    resources: left.resources ?? {},
    isAdmin,
    memberships: Object.fromEntries(
      Object.entries(memberships).filter(
        ([orgId]) => orgIds === undefined || orgIds.includes(orgId),
      ),
    ),
  }
}

/** Throws ACCESS_DENIED unless the caller has all rights that the first caller had when its call ended. */
export async function enforceReplay(
  db: Db,
  caller: Caller,
  first: ReplayRights | undefined,
): Promise<void> {
  if (first !== undefined && (await covers(db, caller, first))) return
  throw new CallError(
    'ACCESS_DENIED',
    'The call with this idempotency-key was made with rights that the caller does not have now, so its answer is not repeated. The operation was not started again.',
    { reason: 'REPLAY_NEEDS_FIRST_RIGHTS' },
  )
}

async function covers(db: Db, caller: Caller, first: ReplayRights): Promise<boolean> {
  const now = await rightsOf(db, caller)
  if (first.isAdmin && !now.isAdmin) return false
  for (const [orgId, level] of Object.entries(first.memberships)) {
    const has = now.memberships[orgId]
    if (has === undefined || LEVELS.indexOf(has) < LEVELS.indexOf(level)) return false
  }
  if (!now.scopes.includes('*')) {
    return missingRights(now, first.scopes, first.resources).length === 0
  }
  return (
    missingRights(now, [], await spokesOfOthers(db, caller.principal.id, first.resources))
      .length === 0
  )
}

/** The resources that the scope `*` does not cover: spokes of other accounts. */
async function spokesOfOthers(
  db: Db,
  accountId: string,
  resources: ReplayRights['resources'],
): Promise<ReplayRights['resources']> {
  const spokes = Object.entries(resources).filter(([on]) => on.startsWith('spoke:'))
  const names = spokes.map(([on]) => on.slice('spoke:'.length))
  const own = new Set(await ownedSpokeNames(db, accountId, names))
  return Object.fromEntries(spokes.filter((_entry, at) => !own.has(names[at] ?? '')))
}
