import { serviceSpec } from '@alkdev/contracts'
import type { Organization, OrgRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../../context.ts'
import { orgView, readOrg } from './org-rights.ts'

/** `orgs.get` */
export function orgsGet({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.get'),
    async handler({ orgId }: OrgRef, context: OperationContext): Promise<Organization> {
      const { organization, membershipLevel } = await readOrg(db, orgId, callerOf(context))
      return orgView(organization, membershipLevel)
    },
  }
}
