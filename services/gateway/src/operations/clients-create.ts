import {
  CLIENT_SECRET_KEY,
  clientOrigin,
  clientSecretPlace,
  isReservedNamespace,
  serviceSpec,
} from '@alkdev/contracts'
import type { Client, ClientsCreateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createClient, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { checkConfig } from './check-config.ts'
import { clientView } from './client-view.ts'
import { lockOrg, requireRank } from './org-rights.ts'

/** `clients.create`: the config is checked by the schema of its type, the secret is sealed before it is stored. In an organization only owner and admins may. */
export function clientsCreate({
  runtime: {
    db,
    bus,
    config: { encryptionKeys },
  },
  outbound,
}: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.create'),
    async handler(input: ClientsCreateInput, context: OperationContext): Promise<Client> {
      const caller = callerOf(context)
      const { name, type, config, secret, enabled = true, orgId } = input
      if (isReservedNamespace(name)) {
        throw new CallError('CONFLICT', `The name ${name} is reserved.`, { name })
      }
      checkConfig(type, config, outbound)
      const id = uuidv7()
      const ofOrg = orgId === undefined ? {} : { orgId }
      const sealed =
        secret === undefined
          ? {}
          : {
              [CLIENT_SECRET_KEY]: encryptionKeys.encrypt(
                secret,
                clientSecretPlace(id, clientOrigin(type, config)),
              ),
            }
      const row = await inTransaction(db, async (tx) => {
        if (orgId !== undefined) requireRank(await lockOrg(tx, orgId, caller), 'admin')
        await audit(tx, context, {
          action: 'clients.created',
          ...ofOrg,
          targetType: 'client',
          targetId: id,
          data: { name, type },
        })
        return createClient(
          tx,
          { id, name, type, config, enabled, ownerId: caller.id, ...ofOrg },
          sealed,
        )
      })
      bus.emit('client.created', name, { ownerId: caller.id, type, ...ofOrg })
      return clientView(row)
    },
  }
}
