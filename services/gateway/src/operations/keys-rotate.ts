import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { KeysRotateInput, KeyWithSecret } from '@alkdev/contracts'
import { callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { keyActor } from './key-actor.ts'
import { keyFailure, keyView } from './key-view.ts'
import { enforceNarrower } from './narrower.ts'
import { ownKey } from './own-key.ts'

/** `keys.rotate`: a key with the same rights, which the caller must have himself, in place of an old one. */
export function keysRotate(gateway: GatewayContext): IOperationDefinition {
  const { keys, bus } = gateway
  return {
    ...serviceSpec('keys.rotate'),
    async handler(
      { keyId, graceMs = 0 }: KeysRotateInput,
      context: OperationContext,
    ): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      const { metadata } = await ownKey(gateway, caller, keyId, SCOPES.ACCOUNTS_WRITE)
      enforceNarrower(caller, metadata.scopes, metadata.resources)
      try {
        const { key, record } = await keys.rotate(keyId, { graceMs }, keyActor(context))
        bus.emit('key.created', record.id, { ownerId: metadata.ownerId, rotatedFrom: keyId })
        return { ...keyView(record), key }
      } catch (error) {
        throw keyFailure(error, keyId)
      }
    },
  }
}
