import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { KeysRotateInput, KeyWithSecret } from '@alkdev/contracts'
import { callerOf } from '@alkdev/lifecycle'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getExpirationTime, isExpired } from 'keypal'
import type { ApiKeyMetadata } from 'keypal'
import type { GatewayContext } from '../context.ts'
import { keyActor } from './key-actor.ts'
import { keyRights } from './key-rights.ts'
import { alreadyRotated, keyFailure, keyView } from './key-view.ts'
import { ownKey } from './own-key.ts'

/**
 * `keys.rotate`: a key with the same rights and the same end in place of an old one. The caller's key must have those rights itself, and for as
 * long. What could not be used is refused: the successor of an expired or disabled key.
 */
export function keysRotate(gateway: GatewayContext): IOperationDefinition {
  const { keys, bus, db } = gateway
  return {
    ...serviceSpec('keys.rotate'),
    async handler(
      { keyId, graceMs = 0 }: KeysRotateInput,
      context: OperationContext,
    ): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      const { metadata } = await ownKey(gateway, caller, keyId, SCOPES.ACCOUNTS_WRITE)
      if (metadata.rotatedTo !== null) throw await alreadyRotated(db, metadata.rotatedTo)
      const rights = await keyRights(db, caller, context)
      await rights.enforceCovered(metadata)
      rights.enforceEnd(getExpirationTime(metadata.expiresAt))
      checkUsable(metadata)
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

/** Throws CONFLICT for a key whose successor could not be used. */
function checkUsable({ expiresAt, enabled, revokedAt }: ApiKeyMetadata): void {
  if (revokedAt !== null) return
  if (isExpired(expiresAt))
    throw new CallError(
      'CONFLICT',
      `The key has expired (${expiresAt}); give it a later end first.`,
      {
        reason: 'EXPIRED',
      },
    )
  if (!enabled)
    throw new CallError(
      'CONFLICT',
      'The key is disabled, and so would be its successor; enable it first.',
      {
        reason: 'DISABLED',
      },
    )
}
