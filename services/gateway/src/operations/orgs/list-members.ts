import { serviceSpec } from '@alkdev/contracts'
import type { OrgsListMembersInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listMembers } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { memberView, readOrg } from './org-rights.ts'

/** `orgs.listMembers` */
export function orgsListMembers({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.listMembers'),
    async handler(input: OrgsListMembersInput, context: OperationContext) {
      await readOrg(db, input.orgId, callerOf(context))
      const page = await listMembers(db, input)
      return { ...page, items: page.items.map((row) => memberView(row)) }
    },
  }
}
