import { serviceSpec } from '@alkdev/contracts'
import type { KeysRotateInput, KeyWithSecret } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { callerOf } from './caller-of.ts'
import { keyFailure, keyView } from './key-view.ts'
import { enforceNarrower } from './narrower.ts'
import { ownKey } from './own-key.ts'

/** `keys.rotate`: a key with the same rights, which the caller must have himself, in place of an old one. */
export function keysRotate({ keys, bus }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('keys.rotate'),
    async handler(
      { keyId, graceMs = 0 }: KeysRotateInput,
      context: OperationContext,
    ): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      const { metadata } = await ownKey(keys, caller, keyId)
      enforceNarrower(caller, metadata.scopes, metadata.resources)
      try {
        const { key, record } = await keys.rotate(
          keyId,
          { graceMs },
          { userId: caller.id, ...(context.requestId && { requestId: context.requestId }) },
        )
        bus.emit('key.created', record.id, { ownerId: caller.id, rotatedFrom: keyId })
        return { ...keyView(record), key }
      } catch (error) {
        throw keyFailure(error, keyId)
      }
    },
  }
}
