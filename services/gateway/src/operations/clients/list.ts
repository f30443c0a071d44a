import { serviceSpec } from '@alkdev/contracts'
import type { ClientsListInput } from '@alkdev/contracts'
import { callerOf, clientConnections, orgIdsOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listClients } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { clientView } from './client-view.ts'

/** `clients.list` */
export function clientsList({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.list'),
    async handler(input: ClientsListInput, context: OperationContext) {
      const caller = callerOf(context)
      const visibleTo = { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
      const page = await listClients(db, { ...input, visibleTo })
      const connections = await clientConnections(db, page.items)
      const items = page.items.map((row) => clientView(row, connections.get(row.id)))
      return { ...page, items }
    },
  }
}
