import { SCOPES } from '@alkdev/contracts'
import { coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { ApprovalRow, WorkViewer } from '@alkdev/storage'

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
type Asked = Pick<ApprovalRow, 'accountId' | 'orgId' | 'sessionId' | 'askedOf'>

/**
 * `isMember`: the identity is a member of the organization of the approval now. A session sees only its own approvals and those asked of it, not the inputs of
 * other calls of its account.
 */
export function maySeeApproval(identity: Identity, approval: Asked, isMember: boolean): boolean {
  const { accountId, orgIds, sessionId } = workViewer(identity)
  if (sessionId !== undefined)
    return approval.sessionId === sessionId || approval.askedOf.includes(`session:${sessionId}`)
  if (approval.accountId === accountId) return true
  if (approval.askedOf.includes(`account:${accountId}`)) return true
  return isMember && approval.orgId !== null && orgIds.includes(approval.orgId)
}

/**
 * A session answers only what is asked of it, and never itself. A person answers with `sessions:approve`: what is asked of the account, or,
 * when no account is named, what is of the account or of its organization.
 */
export function mayAnswerApproval(identity: Identity, approval: Asked, isMember: boolean): boolean {
  const { id, scopes, sessionId, orgIds = [] } = identity
  const { askedOf } = approval
  if (!coversScope(scopes, SCOPES.SESSIONS_APPROVE)) return false
  if (sessionId !== undefined)
    return sessionId !== approval.sessionId && askedOf.includes(`session:${sessionId}`)
  if (askedOf.includes(`account:${id}`)) return true
  // What is asked of sessions alone rises to persons when none of them can answer: then the coordinator changes `asked_of`.
  if (askedOf.length > 0) return false
  if (approval.accountId === id) return true
  return isMember && approval.orgId !== null && orgIds.includes(approval.orgId)
}
