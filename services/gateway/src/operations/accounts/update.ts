import { serviceSpec } from '@alkdev/contracts'
import type { Account, AccountsUpdateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import {
  getAccount,
  getVisibleAccount,
  inTransaction,
  isActiveAdmin,
  updateAccount,
} from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { accountNotFound, accountView } from './account-view.ts'

/** The fields that every account may change of itself. */
const OWN: ReadonlySet<string> = new Set(['displayName', 'giteaUsername'])

/** Throws ACCOUNT_NOT_FOUND for an account that the caller may not see, ACCESS_DENIED for fields that it may see and not change. */
async function checkRights(
  tx: Db,
  callerId: string,
  accountId: string,
  fields: readonly string[],
): Promise<void> {
  const admin = await isActiveAdmin(tx, callerId)
  const account = admin
    ? await getAccount(tx, accountId)
    : await getVisibleAccount(tx, accountId, callerId)
  if (account === undefined) throw accountNotFound(accountId)
  if (admin || (accountId === callerId && fields.every((field) => OWN.has(field)))) return
  throw new CallError(
    'ACCESS_DENIED',
    'Only admins may change this; other accounts may change only their own names.',
    { accessLevel: 'admin', own: [...OWN] },
  )
}

/** `accounts.update` */
export function accountsUpdate({ runtime: { db, bus } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('accounts.update'),
    async handler(
      { accountId, ...change }: AccountsUpdateInput,
      context: OperationContext,
    ): Promise<Account> {
      const caller = callerOf(context)
      const fields = Object.keys(change)
      const row = await inTransaction(db, async (tx) => {
        await checkRights(tx, caller.id, accountId, fields)
        await audit(tx, context, {
          action: 'accounts.updated',
          targetType: 'account',
          targetId: accountId,
          data: { fields, ...compact({ accessLevel: change.accessLevel }) },
        })
        return updateAccount(tx, accountId, change)
      })
      if (row === undefined) throw accountNotFound(accountId)
      bus.emit('account.updated', accountId, { ownerId: accountId })
      return accountView(row)
    },
  }
}
