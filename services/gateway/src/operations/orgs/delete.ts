import { serviceSpec } from '@alkdev/contracts'
import type { OrgRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { deleteOrganization, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { lockOrg, requireRank } from './org-rights.ts'

/** `orgs.delete`: refused with CONFLICT while it owns anything. */
export function orgsDelete({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.delete'),
    async handler({ orgId }: OrgRef, context: OperationContext): Promise<OrgRef> {
      const ownerId = await inTransaction(db, async (tx) => {
        const rights = await lockOrg(tx, orgId, callerOf(context))
        requireRank(rights, 'owner')
        await audit(tx, context, {
          action: 'orgs.deleted',
          targetType: 'organization',
          targetId: orgId,
          data: { name: rights.organization.name },
        })
        await deleteOrganization(tx, orgId)
        return rights.organization.ownerId
      })
      bus.emit('organization.deleted', orgId, { ownerId, orgId })
      return { orgId }
    },
  }
}
