import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { ApiKey, KeysUpdateInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/lifecycle'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { ApiKeyMetadata } from 'keypal'
import type { GatewayContext } from '../context.ts'
import { keyActor } from './key-actor.ts'
import { keyFailure, keyView } from './key-view.ts'
import { enforceNarrower } from './narrower.ts'
import { ownKey } from './own-key.ts'

type Change = Omit<KeysUpdateInput, 'keyId'>

/** True when the key could do afterwards what it could not before, or longer. */
function strengthens({ scopes, resources, expiresAt, enabled }: Change): boolean {
  return (
    scopes !== undefined || resources !== undefined || expiresAt !== undefined || enabled === true
  )
}

function namesOf(change: Change, { enabled }: ApiKeyMetadata): Change {
  // To disable what is disabled changes nothing, and is no row in the log.
  if (change.enabled !== enabled) return change
  const { enabled: _same, ...rest } = change
  return rest
}

/** `keys.update`: what a key may do afterwards the caller may do himself, so that nobody strengthens a key beyond his own rights. */
export function keysUpdate(gateway: GatewayContext): IOperationDefinition {
  const { keys, bus } = gateway
  return {
    ...serviceSpec('keys.update'),
    async handler(
      { keyId, ...asked }: KeysUpdateInput,
      context: OperationContext,
    ): Promise<ApiKey> {
      const caller = callerOf(context)
      const { metadata } = await ownKey(gateway, caller, keyId, SCOPES.ACCOUNTS_WRITE)
      if (strengthens(asked)) {
        enforceNarrower(
          caller,
          asked.scopes ?? metadata.scopes,
          asked.resources ?? metadata.resources,
        )
      }
      const { enabled, ...details } = namesOf(asked, metadata)
      const actor = keyActor(context)
      try {
        if (Object.keys(details).length > 0) await keys.update(keyId, details, actor)
        if (enabled === true) await keys.enable(keyId, actor)
        if (enabled === false) await keys.disable(keyId, actor)
      } catch (error) {
        throw keyFailure(error, keyId)
      }
      bus.emit('key.updated', keyId, { ownerId: metadata.ownerId })
      return keyView(await ownKey(gateway, caller, keyId, SCOPES.ACCOUNTS_WRITE))
    },
  }
}
