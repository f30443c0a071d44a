import { serviceSpec } from '@alkdev/contracts'
import type { Invitation, OrgsInviteInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { createInvitation, getAccount, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { accountNotFound } from '../accounts/account-view.ts'
import { invitationView } from './invitation-view.ts'
import { lockOrg, requireRank } from './org-rights.ts'

const VALID_MS = 7 * 86_400_000

/** `orgs.invite`: the account becomes a member only when it accepts. */
export function orgsInvite(context: GatewayContext): IOperationDefinition {
  return { ...serviceSpec('orgs.invite'), handler: inviter(context) }
}

/** `orgs.addMember`: the older name of `orgs.invite`. */
export function orgsAddMember(context: GatewayContext): IOperationDefinition {
  return { ...serviceSpec('orgs.addMember'), handler: inviter(context) }
}

function inviter({ runtime: { db, bus } }: GatewayContext) {
  return async (
    { orgId, accountId, membershipLevel = 'member' }: OrgsInviteInput,
    context: OperationContext,
  ): Promise<Invitation> => {
    const caller = callerOf(context)
    const view = await inTransaction(db, async (tx) => {
      const rights = await lockOrg(tx, orgId, caller)
      requireRank(rights, membershipLevel === 'admin' ? 'owner' : 'admin')
      if ((await getAccount(tx, accountId)) === undefined) throw accountNotFound(accountId)
      const invitation = await createInvitation(tx, {
        orgId,
        accountId,
        membershipLevel,
        invitedBy: caller.id,
        validMs: VALID_MS,
      })
      await audit(tx, context, {
        action: 'orgs.invited',
        orgId,
        targetType: 'account',
        targetId: accountId,
        data: { invitationId: invitation.id, membershipLevel },
      })
      return invitationView({ invitation, organization: rights.organization })
    })
    bus.emit('organization.updated', orgId, {
      ownerId: accountId,
      orgId,
      memberInvited: accountId,
    })
    return view
  }
}
