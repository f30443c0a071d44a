import { serviceSpec } from '@alkdev/contracts'
import type { KeysCreateInput, KeyWithSecret } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { callerOf } from './caller-of.ts'
import { keyFailure, keyView } from './key-view.ts'
import { enforceNarrower } from './narrower.ts'

/** `keys.create`: the key is in the answer and nowhere else. */
export function keysCreate({ keys, bus }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('keys.create'),
    async handler(input: KeysCreateInput, context: OperationContext): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      const { name, scopes, resources = {}, tags = [], expiresAt } = input
      enforceNarrower(caller, scopes, resources)
      try {
        const { key, record } = await keys.create(
          {
            ownerId: caller.id,
            name,
            scopes,
            resources,
            tags,
            ...(expiresAt === undefined ? {} : { expiresAt }),
          },
          { userId: caller.id, ...(context.requestId && { requestId: context.requestId }) },
        )
        bus.emit('key.created', record.id, { ownerId: caller.id, name })
        return { ...keyView(record), key }
      } catch (error) {
        throw keyFailure(error, '')
      }
    },
  }
}
