import { serviceSpec } from '@alkdev/contracts'
import type { Organization, OrgsUpdateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction, updateOrganization } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { lockOrg, orgNotFound, orgView, requireRank } from './org-rights.ts'

/** `orgs.update` */
export function orgsUpdate({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.update'),
    async handler(
      { orgId, ...change }: OrgsUpdateInput,
      context: OperationContext,
    ): Promise<Organization> {
      const view = await inTransaction(db, async (tx) => {
        const rights = await lockOrg(tx, orgId, callerOf(context))
        requireRank(rights, 'admin')
        await audit(tx, context, {
          action: 'orgs.updated',
          orgId,
          targetType: 'organization',
          targetId: orgId,
          data: { ...change },
        })
        const row = await updateOrganization(tx, orgId, change)
        if (row === undefined) throw orgNotFound(orgId)
        return orgView(row, rights.membershipLevel)
      })
      bus.emit('organization.updated', orgId, { ownerId: view.ownerId, orgId })
      return view
    },
  }
}
