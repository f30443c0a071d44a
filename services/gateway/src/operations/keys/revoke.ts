import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { KeyRef, KeysRevokeOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { sharedNow } from '@alkdev/std'
import type { GatewayContext } from '../../context.ts'
import { keyActor } from './key-actor.ts'
import { keyFailure } from './key-view.ts'
import { ownKey } from './own-key.ts'
import { withKeyRights } from './with-key-rights.ts'

/** `keys.revoke`: for a key that has all rights of the other one. Revoking again returns the time of the revocation. */
export function keysRevoke(gateway: GatewayContext): IOperationDefinition {
  const {
    runtime: { bus },
  } = gateway
  return {
    ...serviceSpec('keys.revoke'),
    async handler({ keyId }: KeyRef, context: OperationContext): Promise<KeysRevokeOutput> {
      const caller = callerOf(context)
      const before = await ownKey(gateway.runtime, caller, keyId, SCOPES.ACCOUNTS_WRITE)
      if (before.metadata.revokedAt !== null) {
        return { keyId, revokedAt: before.metadata.revokedAt }
      }
      try {
        await withKeyRights(
          gateway.runtime,
          context,
          async ({ db, keys, rights }) => {
            const { metadata } = await ownKey({ keys, db }, caller, keyId, SCOPES.ACCOUNTS_WRITE)
            await rights.enforceCovered(metadata)
            await keys.revoke(keyId, keyActor(context))
          },
          keyId,
        )
        gateway.runtime.keys.invalidate({ keyId })
      } catch (error) {
        throw keyFailure(error, keyId)
      }
      bus.emit('key.revoked', keyId, { ownerId: before.metadata.ownerId })
      const { metadata } = await ownKey(gateway.runtime, caller, keyId, SCOPES.ACCOUNTS_WRITE)
      return { keyId, revokedAt: metadata.revokedAt ?? new Date(sharedNow()).toISOString() }
    },
  }
}
