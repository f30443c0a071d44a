import type { Authenticated } from '@alkdev/contracts'
import { intersectRights } from '@alkdev/service'
import type { Caller, KeyAuthenticator, ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact, sharedNow } from '@alkdev/std'
import { getGrantState } from '@alkdev/storage'
import type { ClaimedCall } from '@alkdev/storage/queue'
import { actingKeysOf } from './acting-keys.ts'

/** The rights of a queued call: when it was queued, and now. */
export interface QueuedRights {
  readonly granted: Identity
  readonly now: Identity
  /** The key, and the keys of the spokes that acted: to be watched while the attempt runs. */
  readonly holders: readonly Authenticated[]
}

/** Checks whether a key is still valid. */
export interface RecheckRuntime {
  readonly authenticator: Pick<KeyAuthenticator, 'recheck'>
}

/**
 * The rights of an attempt: those of its grant, limited to the present rights of the key and of the keys of the spokes that acted when it was queued.
 * Throws UNAUTHENTICATED when one of them is no longer valid, and UNAVAILABLE when that cannot be looked up.
 */
export async function queuedIdentity(
  { authenticator }: RecheckRuntime,
  { grant, metadata }: Pick<ClaimedCall, 'grant' | 'metadata'>,
): Promise<QueuedRights> {
  if (grant === null) throw notValid()
  const { accountId, keyId, scopes, resources, orgIds, withinOrgs } = grant
  const granted: Caller = {
    id: accountId,
    keyId,
    scopes,
    resources,
    orgIds,
    ...compact({ withinOrgs }),
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

/** As `queuedIdentity`, of a grant that is read now. */
export async function storedIdentity(
  { db, authenticator }: Pick<ServiceRuntime, 'db' | 'authenticator'>,
  { grantId, metadata }: { readonly grantId: string | null } & Pick<ClaimedCall, 'metadata'>,
): Promise<QueuedRights> {
  const state = grantId === null ? undefined : await getGrantState(db, grantId)
  if (state === undefined || state.grant.revokedAt !== null) throw notValid()
  const { expiresAt } = state.grant
  if (expiresAt !== null && expiresAt.getTime() <= sharedNow()) throw notValid()
  return queuedIdentity(
    { authenticator },
    {
      grant: {
        ...state.grant,
        orgIds: state.orgIds,
        ...compact({ withinOrgs: state.withinOrgs }),
      },
      metadata,
    },
  )
}

function notValid(): CallError {
  const message = 'The key with which the call was queued is no longer valid.'
  return new CallError('UNAUTHENTICATED', message)
}
