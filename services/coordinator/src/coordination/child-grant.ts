import { intersectRights } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import { getGrantState } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { createSessionGrant } from '@alkdev/storage/sessions'
import type { SessionRow } from '@alkdev/storage/sessions'
import { queueingCaller } from '../schedules/queueing-caller.ts'
import { spawnRefused } from './spawn-refused.ts'

/** The grant of a new session: the rights that the caller and the session above it both have, as a part of the grant of that session. */
export async function childGrant(
  tx: Db,
  caller: Identity,
  parent: SessionRow | undefined,
): Promise<string> {
  if (parent === undefined) return createSessionGrant(tx, queueingCaller(caller))
  const state = parent.grantId === null ? undefined : await getGrantState(tx, parent.grantId)
  if (state === undefined || state.grant.revokedAt !== null)
    throw spawnRefused('grant', 'The rights of the session above it were revoked.')
  const { accountId, scopes, resources } = state.grant
  const both = intersectRights(caller, { id: accountId, scopes, resources, orgIds: state.orgIds })
  return createSessionGrant(tx, queueingCaller(both), state.grant.id)
}
