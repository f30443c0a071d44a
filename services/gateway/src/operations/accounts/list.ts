import { serviceSpec } from '@alkdev/contracts'
import type { AccountsListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { isActiveAdmin, listAccounts } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { accountView } from './account-view.ts'

/** `accounts.list` */
export function accountsList({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('accounts.list'),
    async handler(input: AccountsListInput, context: OperationContext) {
      const { id } = callerOf(context)
      const all = await isActiveAdmin(db, id)
      const page = await listAccounts(db, { ...input, ...(!all && { viewerId: id }) })
      return { ...page, items: page.items.map((row) => accountView(row)) }
    },
  }
}
