import type { Invitation } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { InvitationView } from '@alkdev/storage'

/** What either side sees of a pending invitation, or of one that it just ended. Nothing of the invited account but its id. */
export function invitationView({ invitation, organization }: InvitationView): Invitation {
  const { displayName } = organization
  return {
    invitationId: invitation.id,
    orgId: invitation.orgId,
    orgName: organization.name,
    ...(displayName === null ? {} : { orgDisplayName: displayName }),
    accountId: invitation.accountId,
    // The database refuses `owner`.
    membershipLevel: invitation.membershipLevel as Invitation['membershipLevel'],
    invitedBy: invitation.invitedBy,
    status: invitation.status as Invitation['status'],
    createdAt: invitation.createdAt.toISOString(),
    expiresAt: invitation.expiresAt.toISOString(),
  }
}

/** The same for an invitation that does not exist, has ended, or is none of the caller's business. */
export function invitationNotFound(choice: object): CallError {
  return new CallError(
    'INVITATION_NOT_FOUND',
    'There is no such pending invitation.',
    { ...choice },
    { httpStatus: 404 },
  )
}
