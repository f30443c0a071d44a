import { serviceSpec } from '@alkdev/contracts'
import type { Invitation, InvitationAnswerInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { addMember, endInvitation, inTransaction, lockOrganizationView } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { invitationNotFound, invitationView } from './invitation-view.ts'
import { receivedInvitation } from './received-invitation.ts'

/** `orgs.accept`: the only way in which an account joins an organization that it did not create. */
export function orgsAccept({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.accept'),
    async handler(input: InvitationAnswerInput, context: OperationContext): Promise<Invitation> {
      const { id: accountId } = callerOf(context)
      const { view, ownerId } = await inTransaction(db, async (tx) => {
        const { invitation: found, organization } = await receivedInvitation(tx, input, accountId)
        const { orgId, membershipLevel } = found
        // The organization is locked first, as in every change of its members.
        const org = await lockOrganizationView(tx, orgId, accountId)
        const invitation = await endInvitation(tx, found.id, 'accepted')
        if (org === undefined || invitation === undefined) throw invitationNotFound(input)
        await audit(tx, context, {
          action: 'orgs.invitationAccepted',
          orgId,
          targetType: 'account',
          targetId: accountId,
          data: { invitationId: found.id, membershipLevel, invitedBy: found.invitedBy },
        })
        await addMember(tx, orgId, accountId, membershipLevel)
        return {
          view: invitationView({ invitation, organization }),
          ownerId: org.organization.ownerId,
        }
      })
      const { orgId } = view
      bus.emit('organization.updated', orgId, { ownerId, orgId, memberAdded: accountId })
      return view
    },
  }
}
