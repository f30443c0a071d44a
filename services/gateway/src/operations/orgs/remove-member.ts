import { serviceSpec } from '@alkdev/contracts'
import type { MemberRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getMember, inTransaction, removeMember } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { lockOrg, memberNotFound, requireRank } from './org-rights.ts'

/** `orgs.removeMember`: every member may leave except the owner, who must transfer the organization first. */
export function orgsRemoveMember({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.removeMember'),
    async handler({ orgId, accountId }: MemberRef, context: OperationContext): Promise<MemberRef> {
      const caller = callerOf(context)
      const ownerId = await inTransaction(db, async (tx) => {
        const rights = await lockOrg(tx, orgId, caller)
        const leaving = accountId === caller.id
        if (!leaving) requireRank(rights, 'admin')
        const member = await getMember(tx, orgId, accountId)
        if (member === undefined) throw memberNotFound(orgId, accountId)
        if (member.membershipLevel === 'owner') {
          throw new CallError('CONFLICT', 'Transfer the organization first.', { orgId })
        }
        if (!leaving && member.membershipLevel === 'admin') requireRank(rights, 'owner')
        await audit(tx, context, {
          action: 'orgs.memberRemoved',
          orgId,
          targetType: 'account',
          targetId: accountId,
          data: { membershipLevel: member.membershipLevel },
        })
        await removeMember(tx, orgId, accountId)
        return rights.organization.ownerId
      })
      bus.emit('organization.updated', orgId, { ownerId, orgId, memberRemoved: accountId })
      return { orgId, accountId }
    },
  }
}
