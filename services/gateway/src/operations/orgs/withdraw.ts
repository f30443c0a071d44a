import { serviceSpec } from '@alkdev/contracts'
import type { Invitation, InvitationRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { endInvitation, findPendingInvitation, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { invitationNotFound, invitationView } from './invitation-view.ts'
import { lockOrg, requireRank } from './org-rights.ts'

/** `orgs.withdraw` */
export function orgsWithdraw({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.withdraw'),
    async handler(input: InvitationRef, context: OperationContext): Promise<Invitation> {
      const view = await inTransaction(db, async (tx) => {
        const found = await findPendingInvitation(tx, input)
        if (found === undefined) throw invitationNotFound(input)
        const { orgId, accountId, membershipLevel } = found.invitation
        const rights = await lockOrg(tx, orgId, callerOf(context)).catch((error: unknown) => {
          // An account outside the organization must not learn about its invitations.
          if (error instanceof CallError && error.code === 'ORG_NOT_FOUND')
            throw invitationNotFound(input)
          throw error
        })
        requireRank(rights, membershipLevel === 'admin' ? 'owner' : 'admin')
        const invitation = await endInvitation(tx, found.invitation.id, 'withdrawn')
        if (invitation === undefined) throw invitationNotFound(input)
        await audit(tx, context, {
          action: 'orgs.invitationWithdrawn',
          orgId,
          targetType: 'account',
          targetId: accountId,
          data: { invitationId: invitation.id },
        })
        return invitationView({ invitation, organization: found.organization })
      })
      const { orgId, accountId } = view
      bus.emit('organization.updated', orgId, {
        ownerId: accountId,
        orgId,
        invitationWithdrawn: accountId,
      })
      return view
    },
  }
}
