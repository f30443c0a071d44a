import type { Authenticated } from '@alkdev/contracts'
import { intersectRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { getGrantState } from '@alkdev/storage'
import type { ClaimedCall } from '@alkdev/storage'
import { actingKeysOf } from './acting-keys.ts'

/** The rights of a queued call: when it was queued, and now. */
export interface QueuedRights {
  readonly granted: Identity
  readonly now: Identity
  /** The key itself, to be watched while the attempt runs. */
  readonly authenticated: Authenticated
}

/**
 * Whose rights an attempt has: those of its grant, as far as the key, and the keys of the spokes that acted when it was queued, still have them.
 * Throws UNAUTHENTICATED when one of them is no longer valid, and UNAVAILABLE when that cannot be looked up.
 */
export async function queuedIdentity(
  { db, authenticator }: Pick<ServiceRuntime, 'db' | 'authenticator'>,
  { grantId, metadata }: Pick<ClaimedCall, 'grantId' | 'metadata'>,
): Promise<QueuedRights> {
  const state = grantId === null ? undefined : await getGrantState(db, grantId)
  if (state === undefined || state.grant.revokedAt !== null) throw notValid()
  const { accountId, keyId, scopes, resources } = state.grant
  const granted: Identity = { id: accountId, keyId, scopes, resources, orgIds: state.orgIds }
  let now = granted
  let authenticated: Authenticated | undefined
  for (const checked of [keyId, ...actingKeysOf(metadata)]) {
    // oxlint-disable-next-line no-await-in-loop -- nearly always one
    const holder = await authenticator.recheck({ id: accountId, keyId: checked, scopes: [] })
    if (holder === undefined) throw notValid()
    now = intersectRights(now, holder.identity)
    authenticated ??= holder
  }
  return { granted, now, authenticated: must(authenticated) }
}

function notValid(): CallError {
  const message = 'The key with which the call was queued is no longer valid.'
  return new CallError('UNAUTHENTICATED', message)
}
