import { serviceSpec } from '@alkdev/contracts'
import type { ClientRef, ClientsDeleteOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { deleteClient, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { changeableClient } from './client-view.ts'

/** `clients.delete`: deletes the client and its secret. For the account that added it, and owner and admins of its organization. */
export function clientsDelete({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.delete'),
    async handler({ name }: ClientRef, context: OperationContext): Promise<ClientsDeleteOutput> {
      const caller = callerOf(context)
      const client = await inTransaction(db, async (tx) => {
        const found = await changeableClient(tx, caller, name)
        await audit(tx, context, {
          action: 'clients.deleted',
          orgId: found.orgId,
          targetType: 'client',
          targetId: found.id,
          data: { name },
        })
        await deleteClient(tx, found.id)
        return found
      })
      const { ownerId, orgId } = client
      bus.emit('client.deleted', name, { ownerId, ...(orgId !== null && { orgId }) })
      return { clientId: client.id, name }
    },
  }
}
