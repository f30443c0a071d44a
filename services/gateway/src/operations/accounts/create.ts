import { serviceSpec } from '@alkdev/contracts'
import type { Account, AccountsCreateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createAccount, inTransaction } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { accountView } from './account-view.ts'
import { requireAdmin } from '../require-admin.ts'

/** `accounts.create` */
export function accountsCreate({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('accounts.create'),
    async handler(input: AccountsCreateInput, context: OperationContext): Promise<Account> {
      const id = uuidv7()
      const row = await inTransaction(db, async (tx) => {
        await requireAdmin(tx, callerOf(context))
        const created = await createAccount(tx, { id, ...input })
        await audit(tx, context, {
          action: 'accounts.created',
          targetType: 'account',
          targetId: id,
          data: { email: created.email, kind: created.kind, accessLevel: created.accessLevel },
        })
        return created
      })
      bus.emit('account.created', id, { ownerId: id })
      return accountView(row)
    },
  }
}
