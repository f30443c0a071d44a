import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { KeysRotateInput, KeyWithSecret } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { moveGrants } from '@alkdev/storage'
import { getExpirationTime, isExpired } from 'keypal'
import type { ApiKeyMetadata } from 'keypal'
import type { GatewayContext } from '../../context.ts'
import { keyActor } from './key-actor.ts'
import { alreadyRotated, keyFailure, keyView } from './key-view.ts'
import { ownKey } from './own-key.ts'
import { withKeyRights } from './with-key-rights.ts'

/**
 * `keys.rotate`: replaces a key by one with the same rights and the same end. The caller's key must have those rights itself, and for as
 * long. Refused when the successor could not be used: for an expired or disabled key.
 */
export function keysRotate(gateway: GatewayContext): IOperationDefinition {
  const {
    runtime: { bus },
  } = gateway
  return {
    ...serviceSpec('keys.rotate'),
    async handler(
      { keyId, graceMs = 0, moveGrants: moves = true }: KeysRotateInput,
      context: OperationContext,
    ): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      try {
        const { key, record } = await withKeyRights(
          gateway.runtime,
          context,
          async ({ db, keys, rights }) => {
            const { metadata } = await ownKey({ keys, db }, caller, keyId, SCOPES.ACCOUNTS_WRITE)
            if (metadata.rotatedTo !== null) throw await alreadyRotated(db, metadata.rotatedTo)
            await rights.enforceCovered(metadata)
            rights.enforceEnd(getExpirationTime(metadata.expiresAt))
            checkUsable(metadata)
            const rotated = await keys.rotate(keyId, { graceMs }, keyActor(context))
            if (moves) await moveGrants(db, keyId, rotated.record.id)
            return rotated
          },
          keyId,
        )
        gateway.runtime.keys.invalidate({ keyId })
        const { ownerId } = record.metadata
        bus.emit('key.created', record.id, { ownerId, rotatedFrom: keyId })
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
