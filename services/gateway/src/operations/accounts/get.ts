import { serviceSpec } from '@alkdev/contracts'
import type { Account, AccountRef } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getAccount, getVisibleAccount, isActiveAdmin } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { accountNotFound, accountView } from './account-view.ts'

/** `accounts.get` */
export function accountsGet({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('accounts.get'),
    async handler({ accountId }: AccountRef, context: OperationContext): Promise<Account> {
      const { id } = callerOf(context)
      const row =
        (await getVisibleAccount(db, accountId, id)) ??
        ((await isActiveAdmin(db, id)) ? await getAccount(db, accountId) : undefined)
      if (row === undefined) throw accountNotFound(accountId)
      return accountView(row)
    },
  }
}
