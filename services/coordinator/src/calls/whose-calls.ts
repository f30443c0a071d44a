import { SCOPES } from '@alkdev/contracts'
import { callNotFound, mayForCallsOf, queuedCallView } from '@alkdev/service'
import { CallError, coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getCall, isActiveAdmin, isMemberOfAny } from '@alkdev/storage'
import { getQueuedCall } from '@alkdev/storage/queue'
import type { Db, ListCalls } from '@alkdev/storage'

/** Whose calls are asked for: at most one member is given. */
export interface Whose {
  readonly accountId?: string
  readonly orgId?: string
  readonly all?: boolean
}

/**
 * The condition for the calls that were asked for: the caller's own by default. Throws VALIDATION_ERROR when more than one member is given,
 * ACCESS_DENIED for another account, and for all accounts, without the right to them, ORG_NOT_FOUND (404) for an organization that the caller
 * is not a member of.
 */
export async function whoseCalls(
  db: Db,
  caller: Identity,
  { accountId, orgId, all = false }: Whose,
): Promise<Pick<ListCalls, 'accountIds' | 'memberOf'>> {
  const given = [accountId, orgId, all || undefined].filter((one) => one !== undefined)
  if (given.length > 1)
    throw new CallError('VALIDATION_ERROR', 'Give one of accountId, orgId and all.')
  if (all) {
    if (mayReadOthers(caller) && (await isActiveAdmin(db, caller.id))) return {}
    throw denied('Calls of all accounts are read with calls:read by admins.')
  }
  if (orgId !== undefined) return membersOf(db, caller, orgId)
  if (accountId === undefined || accountId === caller.id) return { accountIds: [caller.id] }
  if (!(await mayForCallsOf(db, caller, accountId, SCOPES.CALLS_READ)))
    throw denied('Calls of another account are read with calls:read and a shared organization.')
  return { accountIds: [accountId] }
}

async function membersOf(
  db: Db,
  caller: Identity,
  orgId: string,
): Promise<Pick<ListCalls, 'memberOf'>> {
  const { orgIds = [] } = caller
  // Memberships may have ended since the key was read.
  const isMember = orgIds.includes(orgId) && (await isMemberOfAny(db, caller.id, [orgId]))
  if (!isMember && !(await isActiveAdmin(db, caller.id)))
    throw new CallError(
      'ORG_NOT_FOUND',
      `There is no organization ${orgId}.`,
      { orgId },
      { httpStatus: 404 },
    )
  if (!mayReadOthers(caller)) throw denied('Calls of other accounts are read with calls:read.')
  return { memberOf: orgId }
}

function mayReadOthers({ scopes }: Identity): boolean {
  return coversScope(scopes, SCOPES.CALLS_READ)
}

function denied(message: string): CallError {
  return new CallError('ACCESS_DENIED', message, { missing: [SCOPES.CALLS_READ] })
}

/** What is repeated of a call. */
export interface RepeatableCall {
  readonly id: string
  readonly operationName: string
  readonly input: unknown
  /** The input is what was sent, also where it holds the marks of the call log. */
  readonly isVerbatim: boolean
}

/** A call that has ended, queued or not, if the caller may read it. Throws CALL_NOT_FOUND (404). */
export async function readableCall(
  db: Db,
  caller: Identity,
  callId: string,
): Promise<RepeatableCall> {
  const call = await getCall(db, callId)
  const queued = call === undefined ? await getQueuedCall(db, callId) : undefined
  const found = call ?? (queued?.endedAt == null ? undefined : queued)
  if (found === undefined || !(await mayForCallsOf(db, caller, found.accountId, SCOPES.CALLS_READ)))
    throw callNotFound(callId)
  const { id, operationName, input } = found
  if (queued === undefined) return { id, operationName, input, isVerbatim: false }
  const isVerbatim = queued.accountId === caller.id
  return { id, operationName, input: queuedCallView(queued, caller).input, isVerbatim }
}
