import { serviceSpec } from '@alkdev/contracts'
import type { Client, ClientRef } from '@alkdev/contracts'
import { callerOf, clientConnections, visibleClient } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../../context.ts'
import { clientView } from './client-view.ts'

/** `clients.get` */
export function clientsGet({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.get'),
    async handler({ name }: ClientRef, context: OperationContext): Promise<Client> {
      const row = await visibleClient(db, callerOf(context), name)
      return clientView(row, (await clientConnections(db, [row])).get(row.id))
    },
  }
}
