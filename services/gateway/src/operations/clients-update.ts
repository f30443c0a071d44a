import { CLIENT_SECRET_KEY, clientSecretPlace, serviceSpec } from '@alkdev/contracts'
import type { Client, ClientsUpdateInput, ClientType } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import {
  deleteClientSecret,
  getClientByName,
  inTransaction,
  putClientSecret,
  updateClient,
} from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { checkConfig } from './client-config.ts'
import { changeableClient, clientNotFound, clientView } from './client-view.ts'

/** `clients.update`: for who added it, and owner and admins of its organization. A new secret takes the place of the old one in the same transaction. */
export function clientsUpdate({ db, bus, keyRing }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.update'),
    async handler(
      { name, secret, ...change }: ClientsUpdateInput,
      context: OperationContext,
    ): Promise<Client> {
      const caller = callerOf(context)
      const updated = await inTransaction(db, async (tx) => {
        const client = await changeableClient(tx, caller, name)
        if (change.config !== undefined) checkConfig(client.type as ClientType, change.config)
        const fields = Object.keys({ ...change, ...(secret !== undefined && { secret }) })
        await audit(tx, context, {
          action: 'clients.updated',
          orgId: client.orgId,
          targetType: 'client',
          targetId: client.id,
          data: { name, fields },
        })
        if (secret === null) await deleteClientSecret(tx, client.id, CLIENT_SECRET_KEY)
        else if (secret !== undefined) {
          const sealed = keyRing.encrypt(secret, clientSecretPlace(client.id))
          await putClientSecret(tx, client.id, CLIENT_SECRET_KEY, sealed)
        }
        // Also when only the secret changed: the owner's row tells every process that something did.
        await updateClient(tx, client.id, { enabled: client.enabled, ...change })
        return getClientByName(tx, name)
      })
      if (updated === undefined) throw clientNotFound(name)
      const { ownerId, orgId, type } = updated
      bus.emit('client.updated', name, { ownerId, type, ...(orgId !== null && { orgId }) })
      return clientView(updated)
    },
  }
}
