import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { ApiKey, KeyRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../../context.ts'
import { keyViewOf } from './key-view.ts'
import { ownKey } from './own-key.ts'

/** `keys.get` */
export function keysGet(gateway: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('keys.get'),
    async handler({ keyId }: KeyRef, context: OperationContext): Promise<ApiKey> {
      const record = await ownKey(gateway.runtime, callerOf(context), keyId, SCOPES.ACCOUNTS_READ)
      return keyViewOf(gateway.runtime.db, record)
    },
  }
}
