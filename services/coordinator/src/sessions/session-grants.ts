import { coversOrg, intersectRights } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { coversScope } from '@alkdev/operations'
import { sharedNow } from '@alkdev/std'
import { getGrantState } from '@alkdev/storage'
import type { GrantState } from '@alkdev/storage'
import { createSessionGrant, getTurn } from '@alkdev/storage/sessions'
import type { Db } from '@alkdev/storage'
import type { SessionRow } from '@alkdev/storage/sessions'
import { queueingCaller } from '../schedules/queueing-caller.ts'

/**
 * The grant of the turn that a message of the caller starts: undefined when it is that of the session, all of whose rights the caller has with the
 * same key and for as long; else one with the rights that both have. So no caller uses through a session what is another one's, and a spoke that calls with a part of the
 * caller's rights gets no more of them.
 */
export async function grantOfPrompt(
  tx: Db,
  session: SessionRow,
  caller: Caller,
): Promise<string | undefined> {
  const state = session.grantId === null ? undefined : await getGrantState(tx, session.grantId)
  if (state === undefined) return undefined
  const { accountId, keyId, scopes, resources } = state.grant
  if (caller.keyId === keyId && hasAll(caller, state)) return undefined
  const both = intersectRights(caller, { id: accountId, scopes, resources, orgIds: state.orgIds })
  return createSessionGrant(tx, queueingCaller(both), state.grant.id)
}

/**
 * The grant of the turn that a message of a session starts in the one above it, whose `caller` is that of the turn that speaks: undefined when it acts with
 * the key of the session above, which reads it as the answer of a tool; else, as for a prompt of this caller, one with the rights that both have.
 */
export async function grantOfReport(
  tx: Db,
  parent: SessionRow,
  caller: Caller,
): Promise<string | undefined> {
  const state = parent.grantId === null ? undefined : await getGrantState(tx, parent.grantId)
  if (state === undefined) return undefined
  const { accountId, keyId } = state.grant
  const isSame = caller.id === accountId && caller.keyId === keyId
  return isSame ? undefined : grantOfPrompt(tx, parent, caller)
}

/** True when the caller is the account of a turn and has all of its rights: a message of the caller that steers it gets the caller no others. */
export async function maySteer(tx: Db, turnId: string, caller: Caller): Promise<boolean> {
  const turn = await getTurn(tx, turnId)
  const state = turn?.grantId == null ? undefined : await getGrantState(tx, turn.grantId)
  return state !== undefined && hasAll(caller, state)
}

function hasAll(caller: Caller, { grant, orgIds }: GrantState): boolean {
  const { accountId, scopes, resources, expiresAt } = grant
  if (caller.id !== accountId) return false
  if ((caller.rightsEndAtMs ?? Infinity) < (expiresAt?.getTime() ?? Infinity)) return false
  if (!orgIds.every((orgId) => coversOrg(caller, orgId))) return false
  if (!scopes.every((scope) => coversScope(caller.scopes, scope))) return false
  const own = caller.resources ?? {}
  return Object.entries(resources).every(([key, actions]) => {
    const granted = new Set([...(own[key] ?? []), ...(own[`${key.split(':', 1)[0]}:*`] ?? [])])
    return actions.every((action) => granted.has(action))
  })
}

/** A new grant of the session with the rights of the caller. */
export function newSessionGrant(tx: Db, caller: Caller): Promise<string> {
  return createSessionGrant(tx, queueingCaller(caller))
}

/** True for a grant that is gone, or whose end has come: that of an OAuth token with which a session was created. */
export async function hasEnded(tx: Db, grantId: string): Promise<boolean> {
  const state = await getGrantState(tx, grantId)
  const endsAtMs = state?.grant.expiresAt?.getTime() ?? Infinity
  return state === undefined || endsAtMs <= sharedNow()
}
