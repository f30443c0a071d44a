import {
  CLIENT_CONFIGS,
  CLIENT_SECRET_KEY,
  clientSecretPlace,
  isReservedNamespace,
  serviceSpec,
} from '@alkdev/contracts'
import type { Client, ClientsCreateInput, ClientType } from '@alkdev/contracts'
import { CallError, collectErrors, validationError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { appendAudit, createClient, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'
import { callerOf } from './caller-of.ts'
import { clientView } from './client-view.ts'

/** Throws VALIDATION_ERROR with every path of the input at which the config does not fit its type. */
function checkConfig(type: ClientType, config: Readonly<Record<string, unknown>>): void {
  const errors = collectErrors(CLIENT_CONFIGS[type], config)
  if (errors.length === 0) return
  const placed = errors.map((error) => ({ ...error, path: `/config${error.path}` }))
  throw validationError(`The config of a client of type ${type}`, placed)
}

/** `clients.create`: the config is checked by the schema of its type, the secret is sealed before it is stored. */
export function clientsCreate({ db, bus, keyRing }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('clients.create'),
    async handler(input: ClientsCreateInput, context: OperationContext): Promise<Client> {
      const caller = callerOf(context)
      const { name, type, config, secret, enabled = true } = input
      if (isReservedNamespace(name)) {
        throw new CallError('CONFLICT', `The name ${name} is reserved.`, { name })
      }
      checkConfig(type, config)
      const id = uuidv7()
      const sealed =
        secret === undefined
          ? {}
          : { [CLIENT_SECRET_KEY]: keyRing.encrypt(secret, clientSecretPlace(id)) }
      const row = await inTransaction(db, async (tx) => {
        await appendAudit(tx, {
          ownerId: caller.id,
          keyId: caller.keyId ?? null,
          action: 'clients.created',
          targetType: 'client',
          targetId: id,
          requestId: context.requestId ?? null,
          data: { name, type },
        })
        return createClient(tx, { id, name, type, config, enabled, ownerId: caller.id }, sealed)
      })
      bus.emit('client.created', name, { ownerId: caller.id, type })
      return clientView(row)
    },
  }
}
