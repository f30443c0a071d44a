import { serviceSpec } from '@alkdev/contracts'
import type { Client, ClientRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { clientView, visibleClient } from './client-view.ts'

/** `clients.get` */
export function clientsGet({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.get'),
    async handler({ name }: ClientRef, context: OperationContext): Promise<Client> {
      return clientView(await visibleClient(db, callerOf(context), name))
    },
  }
}
