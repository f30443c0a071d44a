import { serviceSpec } from '@alkdev/contracts'
import type { ClientsListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listClients } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { clientView } from './client-view.ts'

/** `clients.list` */
export function clientsList({ db }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.list'),
    async handler(input: ClientsListInput, context: OperationContext) {
      const { id, orgIds = [] } = callerOf(context)
      const page = await listClients(db, { ...input, visibleTo: { accountId: id, orgIds } })
      return { ...page, items: page.items.map((row) => clientView(row)) }
    },
  }
}
