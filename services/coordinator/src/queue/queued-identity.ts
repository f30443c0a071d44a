import type { Authenticated } from '@alkdev/contracts'
import { intersectRights } from '@alkdev/service'
import type { Caller, KeyAuthenticator, ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { compact, sharedNow } from '@alkdev/std'
import { getGrantState } from '@alkdev/storage'
import type { ClaimedCall } from '@alkdev/storage/queue'
import type { GrantedRights } from '../calls/watch-collected.ts'
import { actingKeysOf } from './acting-keys.ts'

/** The rights of a queued call: when it was queued, and now. Its holders are the key, and the keys of the spokes that acted. */
export interface QueuedRights extends GrantedRights {
  readonly granted: Caller
}

/** Checks whether a key is still valid. */
export interface RecheckRuntime {
  readonly authenticator: Pick<KeyAuthenticator, 'recheck'>
}

export type StoredRuntime = RecheckRuntime & Pick<ServiceRuntime, 'db'>

/** The grant of a call, and the metadata that name the spokes that acted. The grant stays when its key is replaced by another one (`keys.rotate`). */
export type StoredGrant = Pick<ClaimedCall, 'grantId' | 'metadata'>

/**
 * The rights of an attempt: those of its grant, limited to the present rights of the key and of the keys of the spokes that acted when it was queued.
 * Throws UNAUTHENTICATED when one of them is no longer valid, and UNAVAILABLE when that cannot be looked up.
 */
async function queuedIdentity(
  { authenticator }: RecheckRuntime,
  { grant, metadata }: Pick<ClaimedCall, 'grant' | 'metadata'>,
): Promise<QueuedRights> {
  if (grant === null) throw notValid()
  const { accountId, keyId, scopes, resources, orgIds, withinOrgs, rightsEndAtMs } = grant
  const granted: Caller = {
    id: accountId,
    keyId,
    scopes,
    resources,
    orgIds,
    ...compact({ withinOrgs, rightsEndAtMs }),
  }
  let now = granted
  const holders: Authenticated[] = []
  for (const checked of [keyId, ...actingKeysOf(metadata)]) {
    // oxlint-disable-next-line no-await-in-loop -- nearly always one
    const holder = await authenticator.recheck({ id: accountId, keyId: checked, scopes: [] })
    if (holder === undefined) throw notValid()
    now = intersectRights(now, holder.identity)
    holders.push(holder)
  }
  return { granted, now, holders }
}

/**
 * The rights of the grant that is stored now, limited as those of an attempt. Throws UNAUTHENTICATED when the grant or a key is no longer valid, and UNAVAILABLE when that cannot be
 * looked up.
 */
export async function storedIdentity(
  { db, authenticator }: StoredRuntime,
  { grantId, metadata }: StoredGrant,
): Promise<QueuedRights> {
  for (let refused: string | undefined; ;) {
    // oxlint-disable-next-line no-await-in-loop -- twice only when the key is not valid
    const state = grantId === null ? undefined : await getGrantState(db, grantId)
    if (state === undefined || state.grant.revokedAt !== null) throw notValid()
    const { expiresAt, keyId } = state.grant
    if (expiresAt !== null && expiresAt.getTime() <= sharedNow()) throw notValid()
    const { orgIds, withinOrgs } = state
    const ends = compact({ withinOrgs, rightsEndAtMs: expiresAt?.getTime() })
    const grant = { ...state.grant, orgIds, ...ends }
    try {
      // oxlint-disable-next-line no-await-in-loop -- as above
      return await queuedIdentity({ authenticator }, { grant, metadata })
    } catch (error) {
      // The key may have been replaced after the grant was read.
      if (keyId === refused || CallError.from(error).code !== 'UNAUTHENTICATED') throw error
      refused = keyId
    }
  }
}

/** As `storedIdentity`, with the grant as it was claimed; read again only when its key is no longer valid. `ahead` checks the keys as long as they are. */
export async function claimedIdentity(
  runtime: StoredRuntime,
  claim: StoredGrant & Pick<ClaimedCall, 'grant'>,
  ahead: RecheckRuntime['authenticator'] = runtime.authenticator,
): Promise<QueuedRights> {
  try {
    return await queuedIdentity({ authenticator: ahead }, claim)
  } catch (error) {
    if (claim.grant === null || CallError.from(error).code !== 'UNAUTHENTICATED') throw error
    return storedIdentity(runtime, claim)
  }
}

function notValid(): CallError {
  const message = 'The key with which the call was queued is no longer valid.'
  return new CallError('UNAUTHENTICATED', message)
}
