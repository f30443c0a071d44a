import { serviceSpec } from '@alkdev/contracts'
import type { Member, OrgsAddMemberInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { addMember, getAccount, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { accountNotFound } from './account-view.ts'
import { lockOrg, memberView, requireRank } from './org-rights.ts'

/** `orgs.addMember` */
export function orgsAddMember({ db, bus }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.addMember'),
    async handler(
      { orgId, accountId, membershipLevel = 'member' }: OrgsAddMemberInput,
      context: OperationContext,
    ): Promise<Member> {
      const { view, ownerId } = await inTransaction(db, async (tx) => {
        const rights = await lockOrg(tx, orgId, callerOf(context))
        requireRank(rights, membershipLevel === 'admin' ? 'owner' : 'admin')
        const account = await getAccount(tx, accountId)
        if (account === undefined) throw accountNotFound(accountId)
        await audit(tx, context, {
          action: 'orgs.memberAdded',
          orgId,
          targetType: 'account',
          targetId: accountId,
          data: { membershipLevel },
        })
        const member = await addMember(tx, orgId, accountId, membershipLevel)
        return {
          view: memberView({ member, displayName: account.displayName }),
          ownerId: rights.organization.ownerId,
        }
      })
      bus.emit('organization.updated', orgId, { ownerId, orgId, memberAdded: accountId })
      return view
    },
  }
}
