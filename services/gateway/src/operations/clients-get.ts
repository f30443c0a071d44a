import { serviceSpec } from '@alkdev/contracts'
import type { Client, ClientRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getClientByName } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { clientNotFound, clientView } from './client-view.ts'

/** `clients.get` */
export function clientsGet({ db }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.get'),
    async handler({ name }: ClientRef, context: OperationContext): Promise<Client> {
      const { id, orgIds = [] } = callerOf(context)
      const client = await getClientByName(db, name)
      const seen =
        client !== undefined &&
        (client.ownerId === id || (client.orgId !== null && orgIds.includes(client.orgId)))
      if (!seen) throw clientNotFound(name)
      return clientView(client)
    },
  }
}
