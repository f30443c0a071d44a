import { SCOPES } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { levelIn } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { getSession, isSessionAbove } from '@alkdev/storage/sessions'
import type { Db } from '@alkdev/storage'
import type { SessionWithOrg } from '@alkdev/storage/sessions'

/** The same for a session that does not exist and for one that the caller may not see. */
export function sessionNotFound(sessionId: string): CallError {
  return new CallError(
    'SESSION_NOT_FOUND',
    `There is no session ${sessionId}.`,
    { sessionId },
    { httpStatus: 404 },
  )
}

/**
 * A session that the caller may see: its own account, a member of the organization of its project with `sessions:read`, or, when a session
 * asks, itself and those below it. Throws SESSION_NOT_FOUND.
 */
export async function visibleSession(
  db: Db,
  caller: Caller,
  sessionId: string,
): Promise<SessionWithOrg> {
  const session = await getSession(db, sessionId)
  if (session === undefined || !(await isVisible(db, caller, session, SCOPES.SESSIONS_READ)))
    throw sessionNotFound(sessionId)
  return session
}

/**
 * A session that the caller may prompt, stop and change: its own account, a member of the organization of its project with `sessions:write`, or
 * a session above it. Throws SESSION_NOT_FOUND, and ACCESS_DENIED for one that the caller may only see.
 */
export async function changeableSession(
  db: Db,
  caller: Caller,
  sessionId: string,
): Promise<SessionWithOrg> {
  const session = await visibleSession(db, caller, sessionId)
  const isItself = caller.sessionId === sessionId
  if (!isItself && (await isVisible(db, caller, session, SCOPES.SESSIONS_WRITE))) return session
  const message = isItself
    ? 'A session does not change itself.'
    : 'The caller may only see this session.'
  throw new CallError('ACCESS_DENIED', message, { sessionId })
}

async function isVisible(
  db: Db,
  caller: Caller,
  { id, accountId, orgId }: SessionWithOrg,
  scope: string,
): Promise<boolean> {
  if (caller.sessionId !== undefined) return isSessionAbove(db, caller.sessionId, id)
  if (accountId === caller.id) return true
  if (orgId === null || !coversScope(caller.scopes, scope)) return false
  return (await levelIn(db, caller, orgId)) !== undefined
}

/** Throws ACCESS_DENIED for a session: what it would get must come from the account. */
export function refuseSessions({ sessionId }: Identity, operationId: string): void {
  if (sessionId !== undefined)
    throw new CallError('ACCESS_DENIED', `${operationId} is not for sessions.`, { operationId })
}
