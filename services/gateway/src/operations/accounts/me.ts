import { serviceSpec } from '@alkdev/contracts'
import type { AccountsMeOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { getAccount } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'

/** `accounts.me` */
export function accountsMe({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('accounts.me'),
    async handler(_input: object, context: OperationContext): Promise<AccountsMeOutput> {
      const { id, keyId, orgIds, scopes, resources } = callerOf(context)
      const name = (await getAccount(db, id))?.displayName
      return {
        accountId: id,
        ...(name != null && { name }),
        ...compact({ keyId }),
        orgIds: [...(orgIds ?? [])],
        scopes: [...scopes],
        ...(resources !== undefined && { resources: copyOf(resources) }),
      }
    },
  }
}

function copyOf(resources: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(resources).map(([on, actions]) => [on, [...actions]]))
}
