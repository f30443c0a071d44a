import type { Invitation } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { InvitationView } from '@alkdev/storage'

/** The view, for both sides, of a pending invitation, or of one that has just ended. Of the invited account it shows only the id. */
export function invitationView({ invitation, organization }: InvitationView): Invitation {
  const { displayName } = organization
  return {
    invitationId: invitation.id,
    orgId: invitation.orgId,
    orgName: organization.name,
    ...(displayName !== null && { orgDisplayName: displayName }),
    accountId: invitation.accountId,
    // The database refuses `owner`.
    membershipLevel: invitation.membershipLevel as Invitation['membershipLevel'],
    invitedBy: invitation.invitedBy,
    status: invitation.status as Invitation['status'],
    createdAt: invitation.createdAt.toISOString(),
    expiresAt: invitation.expiresAt.toISOString(),
  }
}

/** The same error for an invitation that does not exist, has ended, or does not concern the caller. */
export function invitationNotFound(choice: object): CallError {
  return new CallError(
    'INVITATION_NOT_FOUND',
    'There is no such pending invitation.',
    { ...choice },
    { httpStatus: 404 },
  )
}
