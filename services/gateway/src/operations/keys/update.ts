import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { ApiKey, KeysUpdateInput } from '@alkdev/contracts'
import { callerOf, missingRights } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getExpirationTime } from 'keypal'
import type { ApiKeyMetadata } from 'keypal'
import { refuseParentTags } from '../../console/console-keys.ts'
import type { GatewayContext } from '../../context.ts'
import { keyActor } from './key-actor.ts'
import { keyEndMs } from './key-end-ms.ts'
import { checkScopeNames } from './check-scope-names.ts'
import { alreadyRotated, keyFailure, keyViewOf } from './key-view.ts'
import { ownKey } from './own-key.ts'
import { withKeyRights } from './with-key-rights.ts'
import type { KeyTransaction } from './with-key-rights.ts'

type Change = Omit<KeysUpdateInput, 'keyId'>

/** The end of the key after the update. */
function endAfter({ expiresAt }: Change, before: ApiKeyMetadata): number {
  return expiresAt === undefined ? getExpirationTime(before.expiresAt) : keyEndMs(expiresAt)
}

/** True when the key could do more afterwards, or for longer. */
function strengthens(change: Change, before: ApiKeyMetadata): boolean {
  const { scopes = before.scopes, resources = before.resources, enabled } = change
  return (
    (enabled === true && !before.enabled) ||
    endAfter(change, before) > getExpirationTime(before.expiresAt) ||
    missingRights(before, scopes, resources).length > 0
  )
}

function namesOf(change: Change, { enabled }: ApiKeyMetadata): Change {
  // To disable a disabled key changes nothing, and writes no audit row.
  if (change.enabled !== enabled) return change
  const { enabled: _same, ...rest } = change
  return rest
}

/**
 * `keys.update`: only a key that has all rights of the other one may change it, so that a lesser key can't disable or weaken a greater
 * one. Added rights of the changed key last at most as long as the caller's key. A rotated key accepts no later end.
 */
export function keysUpdate(gateway: GatewayContext): IOperationDefinition {
  const {
    runtime: { bus, db },
  } = gateway
  return {
    ...serviceSpec('keys.update'),
    async handler(
      { keyId, ...asked }: KeysUpdateInput,
      context: OperationContext,
    ): Promise<ApiKey> {
      const caller = callerOf(context)
      const change = async ({ db: tx, keys, rights }: KeyTransaction): Promise<string> => {
        const { metadata } = await ownKey({ keys, db: tx }, caller, keyId, SCOPES.ACCOUNTS_WRITE)
        if (metadata.revokedAt !== null)
          throw new CallError('CONFLICT', 'A revoked key cannot be changed.', {
            reason: 'CANNOT_MODIFY_REVOKED',
          })
        const end = endAfter(asked, metadata)
        if (metadata.rotatedTo !== null && end > getExpirationTime(metadata.expiresAt))
          throw await alreadyRotated(tx, metadata.rotatedTo, 'Its end cannot be postponed.')
        const { scopes = metadata.scopes, resources = metadata.resources } = asked
        if (asked.scopes !== undefined) checkScopeNames(asked.scopes)
        refuseParentTags(asked.tags, metadata.tags)
        await rights.enforceCovered(metadata)
        await rights.enforceCovered({ scopes, resources })
        if (strengthens(asked, metadata)) rights.enforceEnd(end)
        const { enabled, ...details } = namesOf(asked, metadata)
        const actor = keyActor(context)
        if (Object.keys(details).length > 0) await keys.update(keyId, details, actor)
        if (enabled === true) await keys.enable(keyId, actor)
        if (enabled === false) await keys.disable(keyId, actor)
        return metadata.ownerId
      }
      let ownerId: string
      try {
        ownerId = await withKeyRights(gateway.runtime, context, change, keyId)
      } catch (error) {
        throw keyFailure(error, keyId)
      }
      gateway.runtime.keys.invalidate({ keyId })
      bus.emit('key.updated', keyId, { ownerId })
      return keyViewOf(db, await ownKey(gateway.runtime, caller, keyId, SCOPES.ACCOUNTS_WRITE))
    },
  }
}
