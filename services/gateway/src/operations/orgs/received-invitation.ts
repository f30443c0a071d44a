import type { InvitationAnswerInput } from '@alkdev/contracts'
import { findPendingInvitation } from '@alkdev/storage'
import type { Db, InvitationView } from '@alkdev/storage'
import { invitationNotFound } from './invitation-view.ts'

/** The pending invitation that the account received. Throws INVITATION_NOT_FOUND also for those of others. */
export async function receivedInvitation(
  db: Db,
  { invitationId, orgId = '' }: InvitationAnswerInput,
  accountId: string,
): Promise<InvitationView> {
  const found = await findPendingInvitation(
    db,
    invitationId === undefined ? { orgId, accountId } : { invitationId },
  )
  if (found?.invitation.accountId === accountId) return found
  throw invitationNotFound(invitationId === undefined ? { orgId } : { invitationId })
}
