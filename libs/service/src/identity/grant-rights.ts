import type { Authenticated } from '@alkdev/contracts'
import { sharedNow } from '@alkdev/std'
import { getGrantState } from '@alkdev/storage'
import type { ServiceRuntime } from '../start/service-runtime.ts'
import type { Caller } from './caller.ts'
import { intersectRights } from './intersect-rights.ts'

/** Grants above a grant that are followed. A longer chain allows nothing. */
const MAX_DEPTH = 64

/** What a grant allows now. */
export interface GrantRights {
  /**
   * The account of the grant, with the rights that the grant, the grants above it and the keys of all of them have. Below a grant of another account: with
   * the organizations of both, and without what serves the account alone.
   */
  readonly identity: Caller
  /** What the grant itself says, whatever its keys and the grants above it have now. */
  readonly granted: Caller
  /** The holders of these keys, that of the grant first: to be watched while the rights are used. */
  readonly holders: readonly [Authenticated, ...Authenticated[]]
}

/**
 * The rights of a grant as they are now; undefined when the grant, a grant above it, or a key or an account of one of them is not valid any more. Rejects
 * with UNAVAILABLE when that cannot be looked up.
 */
export async function grantRights(
  { db, authenticator }: Pick<ServiceRuntime, 'db' | 'authenticator'>,
  grantId: string,
): Promise<GrantRights | undefined> {
  const holders: Authenticated[] = []
  let identity: Caller | undefined
  let stored: Caller | undefined
  let withinOrgs: readonly string[] | undefined
  let refused: string | undefined
  let at: string | null = grantId
  for (let depth = 0; at !== null; depth++) {
    if (depth === MAX_DEPTH) return undefined
    const early = recheckKnown(authenticator, at)
    // oxlint-disable-next-line no-await-in-loop -- one or two
    const state = await getGrantState(db, at)
    if (state === undefined || state.grant.revokedAt !== null) return undefined
    const { accountId, keyId, scopes, resources, expiresAt } = state.grant
    if (expiresAt !== null && expiresAt.getTime() <= sharedNow()) return undefined
    const isEarly = early !== undefined && early.keyId === keyId
    // oxlint-disable-next-line no-await-in-loop -- as above
    const holder = await (isEarly
      ? early.holder
      : authenticator.recheck({ id: accountId, keyId, scopes: [] }))
    remember(at, { accountId, keyId })
    if (holder === undefined) {
      if (keyId === refused) return undefined
      // The key may have been replaced after the grant was read, which is read again.
      refused = keyId
      continue
    }
    holders.push(holder)
    withinOrgs = bothOrgs(withinOrgs, state.withinOrgs)
    const granted: Caller = {
      id: accountId,
      keyId,
      scopes,
      resources,
      orgIds: state.orgIds,
      ...(expiresAt !== null && { rightsEndAtMs: expiresAt.getTime() }),
    }
    stored ??= granted
    const now = intersectRights(granted, holder.identity)
    if (identity === undefined) identity = now
    else if (identity.id === accountId) identity = intersectRights(identity, now)
    else {
      identity = { ...intersectRights(identity, now), sharedOnly: true }
      withinOrgs = bothOrgs(withinOrgs, now.orgIds)
    }
    at = state.grant.parentGrantId
  }
  const [first, ...above] = holders
  if (identity === undefined || stored === undefined || first === undefined) return undefined
  if (withinOrgs !== undefined)
    identity = {
      ...identity,
      orgIds: bothOrgs(identity.orgIds ?? [], withinOrgs) ?? [],
      withinOrgs,
    }
  return { identity, granted: stored, holders: [first, ...above] }
}

interface GrantKey {
  readonly accountId: string
  readonly keyId: string
}

/** The keys of grants as they were last read. One that is not the key of its grant any more is of no use. */
const known = new Map<string, GrantKey>()
const MAX_KNOWN = 10_000

function remember(grantId: string, key: GrantKey): void {
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(grantId, key)
}

/** The key of a grant is looked up beside the grant and not after it, where it is known. */
function recheckKnown(
  authenticator: Pick<ServiceRuntime['authenticator'], 'recheck'>,
  grantId: string,
): { readonly keyId: string; readonly holder: Promise<Authenticated | undefined> } | undefined {
  const key = known.get(grantId)
  if (key === undefined) return undefined
  const holder = authenticator.recheck({ id: key.accountId, keyId: key.keyId, scopes: [] })
  // The look-up that awaits it gets the failure.
  holder.catch(() => undefined)
  return { keyId: key.keyId, holder }
}

type OrgIds = readonly string[] | undefined

/** Undefined stands for all. */
function bothOrgs(a: OrgIds, b: OrgIds): OrgIds {
  return a === undefined || b === undefined ? (a ?? b) : a.filter((orgId) => b.includes(orgId))
}
