import { CLIENT_SECRET_KEY, clientOrigin, clientSecretPlace, serviceSpec } from '@alkdev/contracts'
import type { Client, ClientsUpdateInput, ClientType } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { validationError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import {
  deleteClientSecret,
  getClientByName,
  inTransaction,
  putClientSecret,
  updateClient,
} from '@alkdev/storage'
import type { ClientView } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { checkConfig } from './check-config.ts'
import { changeableClient, clientNotFound, clientView } from './client-view.ts'

/** `clients.update`: for the account that added it, and owner and admins of its organization. A new secret replaces the old one in the same transaction. A config with another origin needs the secret with it. */
export function clientsUpdate({
  runtime: {
    db,
    bus,
    config: { encryptionKeys },
  },
  outbound,
}: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.update'),
    async handler(
      { name, secret, ...change }: ClientsUpdateInput,
      context: OperationContext,
    ): Promise<Client> {
      const caller = callerOf(context)
      const updated = await inTransaction(db, async (tx) => {
        const client = await changeableClient(tx, caller, name)
        if (change.config !== undefined)
          checkConfig(client.type as ClientType, change.config, outbound)
        const origin = clientOrigin(client.type, change.config ?? client.config)
        if (secret === undefined && client.hasSecret) requireSameOrigin(client, origin)
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
          const sealed = encryptionKeys.encrypt(secret, clientSecretPlace(client.id, origin))
          await putClientSecret(tx, client.id, CLIENT_SECRET_KEY, sealed)
        }
        // Also when only the secret changed: the owner's row notifies every process.
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

/**
 * A secret was given for one origin. An account that may change the address of a client can't read its secret, and must not have it sent to
 * another address.
 */
function requireSameOrigin(client: ClientView, origin: string): void {
  const former = clientOrigin(client.type, client.config)
  if (former === origin) return
  throw validationError('The change', [
    {
      path: '/secret',
      message: `the secret was given for ${former || 'no address'} and is not sent to ${origin || 'another one'}: give it again with the new address, or null to remove it`,
    },
  ])
}
