import { SCOPES } from '@alkdev/contracts'
import { coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { isMemberOfAny } from '@alkdev/storage'
import type { ApprovalRow, Db, WorkViewer } from '@alkdev/storage'
import { isSessionAbove } from '@alkdev/storage/sessions'

/** Whose approvals, findings and dead letters an identity may see. */
export function workViewer({ id, orgIds = [], scopes, sessionId }: Identity): WorkViewer {
  const seesOthers =
    coversScope(scopes, SCOPES.SESSIONS_READ) || coversScope(scopes, SCOPES.SESSIONS_APPROVE)
  return {
    accountId: id,
    orgIds: seesOthers ? orgIds : [],
    ...compact({ sessionId }),
  }
}

/** The columns that decide who sees and answers an approval. */
interface Asked extends Pick<ApprovalRow, 'kind' | 'accountId' | 'orgId' | 'sessionId'> {
  readonly askedOf: readonly string[]
}

/** How the identity and an approval are related now. */
export interface Relation {
  /** The identity is a member of the organization of the approval. */
  readonly isMember: boolean
  /** The identity acts for a session above the one that asks. */
  readonly isAbove: boolean
}

/** Looks the relation up. */
export async function relationOf(
  db: Db,
  { id, sessionId }: Identity,
  approval: Asked,
): Promise<Relation> {
  const { orgId, sessionId: asker } = approval
  return {
    isMember: orgId !== null && (await isMemberOfAny(db, id, [orgId])),
    isAbove:
      sessionId !== undefined && asker !== null && (await isSessionAbove(db, sessionId, asker)),
  }
}

/** A session sees only its own approvals, those of sessions below it and those asked of it, not the inputs of other calls of its account. */
export function maySeeApproval(
  identity: Identity,
  approval: Asked,
  { isMember, isAbove }: Relation,
): boolean {
  const { accountId, orgIds, sessionId } = workViewer(identity)
  if (sessionId !== undefined)
    return (
      isAbove ||
      approval.sessionId === sessionId ||
      approval.askedOf.includes(`session:${sessionId}`)
    )
  if (approval.accountId === accountId) return true
  if (isAsked(accountId, approval, isMember)) return true
  return isMember && approval.orgId !== null && orgIds.includes(approval.orgId)
}

/**
 * A session answers only what is asked of it, and never itself. A person answers with `sessions:approve`: what is asked of the account, or,
 * when no account is named, what is of the account or of its organization. What is asked of a session about a tool call, persons may answer too.
 */
export function mayAnswerApproval(
  identity: Identity,
  approval: Asked,
  { isMember }: Pick<Relation, 'isMember'>,
): boolean {
  const { id, scopes, sessionId, orgIds = [] } = identity
  const { askedOf } = approval
  if (!coversScope(scopes, SCOPES.SESSIONS_APPROVE)) return false
  if (sessionId !== undefined)
    return sessionId !== approval.sessionId && askedOf.includes(`session:${sessionId}`)
  if (isAsked(id, approval, isMember)) return true
  // What names accounts or sessions is answered by those alone; the sessions above a tool call are asked before persons, and not in their place.
  const isFirstOfSessions =
    approval.kind === 'tool' && askedOf.every((name) => name.startsWith('session:'))
  if (askedOf.length > 0 && !isFirstOfSessions) return false
  if (approval.accountId === id) return true
  return isMember && approval.orgId !== null && orgIds.includes(approval.orgId)
}

/** An account that was asked and has left the organization of the approval is asked no more. */
function isAsked(id: string, { accountId, orgId, askedOf }: Asked, isMember: boolean): boolean {
  return askedOf.includes(`account:${id}`) && (orgId === null || isMember || accountId === id)
}
