import { serviceSpec } from '@alkdev/contracts'
import type { ClientRef, ClientsDeleteOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { deleteClient, getClientByName, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { clientNotFound } from './client-view.ts'

/** `clients.delete`: the client goes with its secret. Only its owner's account may. */
export function clientsDelete({ db, bus }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.delete'),
    async handler({ name }: ClientRef, context: OperationContext): Promise<ClientsDeleteOutput> {
      const caller = callerOf(context)
      const client = await getClientByName(db, name)
      if (client === undefined || client.ownerId !== caller.id) throw clientNotFound(name)
      await inTransaction(db, async (tx) => {
        await audit(tx, context, {
          action: 'clients.deleted',
          targetType: 'client',
          targetId: client.id,
          data: { name },
        })
        await deleteClient(tx, client.id)
      })
      bus.emit('client.deleted', name, { ownerId: caller.id })
      return { clientId: client.id, name }
    },
  }
}
