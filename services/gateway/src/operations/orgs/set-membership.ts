import { serviceSpec } from '@alkdev/contracts'
import type { Member, OrgsSetMembershipInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getAccount, getMember, inTransaction, setMembership } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { lockOrg, memberNotFound, memberView, requireRank } from './org-rights.ts'

/** `orgs.setMembership` */
export function orgsSetMembership({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.setMembership'),
    async handler(
      { orgId, accountId, membershipLevel }: OrgsSetMembershipInput,
      context: OperationContext,
    ): Promise<Member> {
      const { view, ownerId } = await inTransaction(db, async (tx) => {
        const rights = await lockOrg(tx, orgId, callerOf(context))
        requireRank(rights, 'owner')
        const before = await getMember(tx, orgId, accountId)
        if (before === undefined) throw memberNotFound(orgId, accountId)
        if (before.membershipLevel === 'owner') {
          throw new CallError('CONFLICT', 'Transfer the organization first.', { orgId })
        }
        await audit(tx, context, {
          action: 'orgs.membershipSet',
          orgId,
          targetType: 'account',
          targetId: accountId,
          data: { from: before.membershipLevel, to: membershipLevel },
        })
        const displayName = (await getAccount(tx, accountId))?.displayName ?? null
        const member = await setMembership(tx, orgId, accountId, membershipLevel)
        return {
          view: memberView({ member, displayName }),
          ownerId: rights.organization.ownerId,
        }
      })
      bus.emit('organization.updated', orgId, { ownerId, orgId, memberChanged: accountId })
      return view
    },
  }
}
