import { serviceSpec } from '@alkdev/contracts'
import type { OrgsListInvitationsInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listPendingInvitations } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { invitationView } from './invitation-view.ts'
import { readOrg, requireRank } from './org-rights.ts'

/** `orgs.listInvitations` */
export function orgsListInvitations({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.listInvitations'),
    async handler({ orgId, ...page }: OrgsListInvitationsInput, context: OperationContext) {
      const caller = callerOf(context)
      if (orgId !== undefined) requireRank(await readOrg(db, orgId, caller), 'admin')
      const whose = orgId === undefined ? { accountId: caller.id } : { orgId }
      const found = await listPendingInvitations(db, { ...page, ...whose })
      return { ...found, items: found.items.map((row) => invitationView(row)) }
    },
  }
}
