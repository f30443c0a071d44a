import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { KeysCreateInput, KeyWithSecret } from '@alkdev/contracts'
import { callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { keyActor } from './key-actor.ts'
import { keyFailure, keyView } from './key-view.ts'
import { enforceNarrower } from './narrower.ts'
import { keyAccount } from './own-key.ts'

/** `keys.create`: the key is in the answer and nowhere else. */
export function keysCreate(gateway: GatewayContext): IOperationDefinition {
  const { keys, bus } = gateway
  return {
    ...serviceSpec('keys.create'),
    async handler(input: KeysCreateInput, context: OperationContext): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      const { name, scopes, resources = {}, tags = [], expiresAt, description, accountId } = input
      const ownerId = await keyAccount(gateway, caller, accountId, SCOPES.ACCOUNTS_WRITE)
      enforceNarrower(caller, scopes, resources)
      try {
        const { key, record } = await keys.create(
          {
            ownerId,
            name,
            scopes,
            resources,
            tags,
            ...(description === undefined ? {} : { description }),
            ...(expiresAt === undefined ? {} : { expiresAt }),
          },
          keyActor(context),
        )
        bus.emit('key.created', record.id, { ownerId, name })
        return { ...keyView(record), key }
      } catch (error) {
        throw keyFailure(error, '')
      }
    },
  }
}
