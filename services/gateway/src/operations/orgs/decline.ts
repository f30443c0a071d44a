import { serviceSpec } from '@alkdev/contracts'
import type { Invitation, InvitationAnswerInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { endInvitation, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { invitationNotFound, invitationView } from './invitation-view.ts'
import { receivedInvitation } from './received-invitation.ts'

/** `orgs.decline` */
export function orgsDecline({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.decline'),
    async handler(input: InvitationAnswerInput, context: OperationContext): Promise<Invitation> {
      const { id: accountId } = callerOf(context)
      const view = await inTransaction(db, async (tx) => {
        const { invitation: found, organization } = await receivedInvitation(tx, input, accountId)
        const invitation = await endInvitation(tx, found.id, 'declined')
        if (invitation === undefined) throw invitationNotFound(input)
        await audit(tx, context, {
          action: 'orgs.invitationDeclined',
          orgId: found.orgId,
          targetType: 'account',
          targetId: accountId,
          data: { invitationId: found.id },
        })
        return invitationView({ invitation, organization })
      })
      const { orgId } = view
      bus.emit('organization.updated', orgId, {
        ownerId: view.invitedBy,
        orgId,
        invitationDeclined: accountId,
      })
      return view
    },
  }
}
