import {
  CLIENT_SECRET_KEY,
  clientOrigin,
  clientSecretPlace,
  isReservedNamespace,
  serviceSpec,
} from '@alkdev/contracts'
import type { Client, ClientsCreateInput } from '@alkdev/contracts'
import { audit, callerOf, checkClientConfig, requireForeignClient } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact, uuidv7 } from '@alkdev/std'
import { createClient, inTransaction, isOfferedNamespace } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { clientView, requireKeyNames } from './client-view.ts'
import { lockOrg, requireRank } from '../orgs/org-rights.ts'

/** Types whose tools or paths become operations `<client>.<name>`, which would hide a pool of that name. */
const CONNECTED: ReadonlySet<string> = new Set(['mcp-server', 'openapi'])

/** `clients.create`: the config is checked by the schema of its type, the secret is sealed before it is stored. In an organization only owner and admins may. */
export function clientsCreate({
  runtime: {
    db,
    bus,
    deploymentId,
    config: { encryptionKeys },
  },
  outbound,
}: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.create'),
    async handler(input: ClientsCreateInput, context: OperationContext): Promise<Client> {
      const caller = callerOf(context)
      const { name, type, config, secret, secrets = {}, enabled = true, orgId } = input
      if (isReservedNamespace(name)) {
        throw new CallError('CONFLICT', `The name ${name} is reserved.`, { name })
      }
      checkClientConfig(type, config, outbound)
      await requireForeignClient(type, config, { policy: outbound, deploymentId })
      if (CONNECTED.has(type) && (await isOfferedNamespace(db, name)))
        throw new CallError(
          'CONFLICT',
          `A spoke offers operations whose names begin with ${name}. Give the client another name.`,
          { name },
        )
      const id = uuidv7()
      const ofOrg = orgId === undefined ? {} : { orgId }
      requireKeyNames(type, secrets)
      const origin = clientOrigin(type, config)
      const sealed = Object.fromEntries(
        Object.entries({ ...secrets, ...compact({ [CLIENT_SECRET_KEY]: secret }) }).map(
          ([key, value]) =>
            [key, encryptionKeys.encrypt(value, clientSecretPlace(id, origin, key))] as const,
        ),
      )
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
