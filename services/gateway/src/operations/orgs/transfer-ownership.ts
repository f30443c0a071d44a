import { serviceSpec } from '@alkdev/contracts'
import type { Organization, OrgsTransferInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { getMember, inTransaction, transferOwnership, viewOrganization } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { lockOrg, memberNotFound, orgView, requireRank } from './org-rights.ts'

/** `orgs.transferOwnership`: only to a member. */
export function orgsTransferOwnership({
  runtime: { db, bus },
}: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.transferOwnership'),
    async handler(
      { orgId, accountId }: OrgsTransferInput,
      context: OperationContext,
    ): Promise<Organization> {
      const caller = callerOf(context)
      const view = await inTransaction(db, async (tx) => {
        const rights = await lockOrg(tx, orgId, caller)
        requireRank(rights, 'owner')
        if ((await getMember(tx, orgId, accountId)) === undefined) {
          throw memberNotFound(orgId, accountId)
        }
        await audit(tx, context, {
          action: 'orgs.transferred',
          orgId,
          targetType: 'organization',
          targetId: orgId,
          data: { from: rights.organization.ownerId, to: accountId },
        })
        await transferOwnership(tx, orgId, accountId)
        const now = must(await viewOrganization(tx, orgId, caller.id))
        return orgView(now.organization, now.membershipLevel)
      })
      bus.emit('organization.updated', orgId, { ownerId: accountId, orgId })
      return view
    },
  }
}
