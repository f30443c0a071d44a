import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { KeysCreateInput, KeyWithSecret } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { GatewayContext } from '../../context.ts'
import { refuseParentTags } from '../../console/console-keys.ts'
import { checkScopeNames } from './check-scope-names.ts'
import { issueKey } from './issue-key.ts'
import { keyFailure, keyView } from './key-view.ts'
import { keyAccount } from './own-key.ts'

/**
 * `keys.create`: only the answer contains the key. It has at most the rights of the key that makes it, ends with it when no end is
 * given, and has its request limits.
 */
export function keysCreate(gateway: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('keys.create'),
    async handler(input: KeysCreateInput, context: OperationContext): Promise<KeyWithSecret> {
      const caller = callerOf(context)
      const { accountId, ...rest } = input
      const ownerId = await keyAccount(gateway.runtime, caller, accountId, SCOPES.ACCOUNTS_WRITE)
      checkScopeNames(input.scopes)
      refuseParentTags(input.tags)
      try {
        const { key, record } = await issueKey(gateway, context, { ...rest, ownerId })
        return { ...keyView(record), key }
      } catch (error) {
        throw keyFailure(error, '')
      }
    },
  }
}
