import type { Account } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { AccountRow } from '@alkdev/storage'

export function accountView(row: AccountRow): Account {
  const { displayName, giteaUsername } = row
  return {
    accountId: row.id,
    email: row.email,
    ...(displayName !== null && { displayName }),
    kind: row.kind,
    accessLevel: row.accessLevel,
    status: row.status,
    ...(giteaUsername !== null && { giteaUsername }),
    createdAt: row.createdAt.toISOString(),
  }
}

/** The same error for an account that does not exist and for one that the caller may not see. */
export function accountNotFound(accountId: string): CallError {
  return new CallError(
    'ACCOUNT_NOT_FOUND',
    `There is no account ${accountId}.`,
    { accountId },
    { httpStatus: 404 },
  )
}
