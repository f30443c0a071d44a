import { serviceSpec } from '@alkdev/contracts'
import type { Organization, OrgsCreateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createOrganization, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { orgView } from './org-rights.ts'

/** `orgs.create`: the caller is its owner and first member. */
export function orgsCreate({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('orgs.create'),
    async handler(input: OrgsCreateInput, context: OperationContext): Promise<Organization> {
      const { id: ownerId } = callerOf(context)
      const id = uuidv7()
      const row = await inTransaction(db, async (tx) => {
        const created = await createOrganization(tx, { id, ...input, ownerId })
        await audit(tx, context, {
          action: 'orgs.created',
          orgId: id,
          targetType: 'organization',
          targetId: id,
          data: { name: input.name },
        })
        return created
      })
      bus.emit('organization.created', id, { ownerId, orgId: id })
      return orgView(row, 'owner')
    },
  }
}
