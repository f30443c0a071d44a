import { serviceSpec } from '@alkdev/contracts'
import type { ClientsListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listClients, listOrgIds } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { clientView } from './client-view.ts'

/** `clients.list` */
export function clientsList({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.list'),
    async handler(input: ClientsListInput, context: OperationContext) {
      const { id: accountId } = callerOf(context)
      const visibleTo = { accountId, orgIds: await listOrgIds(db, accountId) }
      const page = await listClients(db, { ...input, visibleTo })
      return { ...page, items: page.items.map((row) => clientView(row)) }
    },
  }
}
