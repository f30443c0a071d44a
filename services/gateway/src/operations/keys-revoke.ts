import { serviceSpec } from '@alkdev/contracts'
import type { KeyRef, KeysRevokeOutput } from '@alkdev/contracts'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { callerOf } from './caller-of.ts'
import { keyFailure } from './key-view.ts'
import { ownKey } from './own-key.ts'

/** `keys.revoke`: revoking again tells when it was revoked. */
export function keysRevoke({ keys, bus }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('keys.revoke'),
    async handler({ keyId }: KeyRef, context: OperationContext): Promise<KeysRevokeOutput> {
      const caller = callerOf(context)
      const before = await ownKey(keys, caller, keyId)
      if (before.metadata.revokedAt !== null) {
        return { keyId, revokedAt: before.metadata.revokedAt }
      }
      try {
        await keys.revoke(keyId, {
          userId: caller.id,
          ...(context.requestId && { requestId: context.requestId }),
        })
      } catch (error) {
        throw keyFailure(error, keyId)
      }
      bus.emit('key.revoked', keyId, { ownerId: caller.id })
      const { metadata } = await ownKey(keys, caller, keyId)
      return { keyId, revokedAt: metadata.revokedAt ?? new Date().toISOString() }
    },
  }
}
