import { serviceSpec } from '@alkdev/contracts'
import type { Account, AccountsSetStatusInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction, updateAccount } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { accountNotFound, accountView } from './account-view.ts'
import { requireAdmin } from '../require-admin.ts'

/** `accounts.setStatus`: the change is in the list that every process reads, so it takes effect everywhere within a second. */
export function accountsSetStatus({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('accounts.setStatus'),
    async handler(
      { accountId, status, reason }: AccountsSetStatusInput,
      context: OperationContext,
    ): Promise<Account> {
      const row = await inTransaction(db, async (tx) => {
        await requireAdmin(tx, callerOf(context))
        await audit(tx, context, {
          action: `accounts.${status === 'active' ? 'activated' : status}`,
          targetType: 'account',
          targetId: accountId,
          ...(reason !== undefined && { data: { reason } }),
        })
        return updateAccount(tx, accountId, { status })
      })
      if (row === undefined) throw accountNotFound(accountId)
      bus.emit('account.updated', accountId, { ownerId: accountId, status })
      return accountView(row)
    },
  }
}
