import { serviceSpec } from '@alkdev/contracts'
import type { OrgsListInput } from '@alkdev/contracts'
import { callerOf, coversOrg } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listOrganizations } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { requireAdmin } from '../require-admin.ts'
import { orgView } from './org-rights.ts'

/** `orgs.list` */
export function orgsList({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.list'),
    async handler(input: OrgsListInput, context: OperationContext) {
      const caller = callerOf(context)
      if (input.all === true) await requireAdmin(db, caller)
      const page = await listOrganizations(db, { ...input, accountId: caller.id })
      const items = page.items
        .filter(({ organization }) => coversOrg(caller, organization.id))
        .map((row) => orgView(row.organization, row.membershipLevel))
      return { ...page, items }
    },
  }
}
