import { CLIENT_SECRET_KEY, clientOrigin, clientSecretPlace, serviceSpec } from '@alkdev/contracts'
import type { Client, ClientsUpdateInput, ClientType } from '@alkdev/contracts'
import {
  audit,
  callerOf,
  checkClientConfig,
  clientNotFound,
  requireForeignClient,
} from '@alkdev/service'
import { validationError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import {
  deleteClientSecret,
  getClientByName,
  inTransaction,
  putClientSecret,
  updateClient,
} from '@alkdev/storage'
import type { ClientView } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { changeableClient, clientView, requireKeyNames } from './client-view.ts'

/** `clients.update`: for the account that added it, and owner and admins of its organization. A new secret replaces the old one in the same transaction. A config with another origin needs the secret with it. */
export function clientsUpdate({
  runtime: {
    db,
    bus,
    deploymentId,
    config: { encryptionKeys },
  },
  outbound,
}: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.update'),
    async handler(
      { name, secret, secrets = {}, ...change }: ClientsUpdateInput,
      context: OperationContext,
    ): Promise<Client> {
      const caller = callerOf(context)
      if (change.config !== undefined) {
        // Not in the transaction: the addresses are asked who they are.
        const { type } = await changeableClient(db, caller, name)
        checkClientConfig(type as ClientType, change.config, outbound)
        await requireForeignClient(type, change.config, { policy: outbound, deploymentId })
      }
      const updated = await inTransaction(db, async (tx) => {
        const client = await changeableClient(tx, caller, name)
        if (change.config !== undefined)
          checkClientConfig(client.type as ClientType, change.config, outbound)
        const origin = clientOrigin(client.type, change.config ?? client.config)
        requireKeyNames(client.type, secrets)
        const given = { ...secrets, ...compact({ [CLIENT_SECRET_KEY]: secret }) }
        const kept = client.secretKeys.filter((key) => !Object.hasOwn(given, key))
        requireSameOrigin(client, origin, kept)
        const fields = Object.keys({
          ...change,
          ...compact({ secret }),
          ...(Object.keys(secrets).length > 0 && { secrets }),
        })
        await audit(tx, context, {
          action: 'clients.updated',
          orgId: client.orgId,
          targetType: 'client',
          targetId: client.id,
          data: { name, fields },
        })
        for (const [key, value] of Object.entries(given)) {
          const place = clientSecretPlace(client.id, origin, key)
          // oxlint-disable-next-line no-await-in-loop -- one connection runs one statement at a time
          await (value === null
            ? deleteClientSecret(tx, client.id, key)
            : putClientSecret(tx, client.id, key, encryptionKeys.encrypt(value, place)))
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
function requireSameOrigin(client: ClientView, origin: string, kept: readonly string[]): void {
  const former = clientOrigin(client.type, client.config)
  const [first] = kept
  if (first === undefined || former === origin) return
  throw validationError('The change', [
    {
      path: kept.includes(CLIENT_SECRET_KEY) ? `/${CLIENT_SECRET_KEY}` : `/secrets/${first}`,
      message: `the secret was given for ${former || 'no address'} and is not sent to ${origin || 'another one'}: give it again with the new address, or null to remove it`,
    },
  ])
}
