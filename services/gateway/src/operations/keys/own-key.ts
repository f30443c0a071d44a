import type { Scope } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getAccount, isActiveAdmin } from '@alkdev/storage'
import type { ApiKeyRecord } from 'keypal'
import type { GatewayContext } from '../../context.ts'
import { accountNotFound } from '../accounts/account-view.ts'
import { keyFailure, keyNotFound } from './key-view.ts'

type Keys = Pick<GatewayContext['runtime'], 'keys' | 'db'>

async function mayForOthers(db: Keys['db'], caller: Identity, scope: Scope): Promise<boolean> {
  return coversScope(caller.scopes, scope) && (await isActiveAdmin(db, caller.id))
}

/**
 * A key of the caller's own account; of any account for an admin whose key has the scope. Throws the same KEY_NOT_FOUND for keys of others
 * and for keys that do not exist.
 */
export async function ownKey(
  { keys, db }: Keys,
  caller: Identity,
  keyId: string,
  scope: Scope,
): Promise<ApiKeyRecord> {
  const record = await keys.findById(keyId).catch((error: unknown) => {
    throw keyFailure(error, keyId)
  })
  if (record === null) throw keyNotFound(keyId)
  if (record.metadata.ownerId === caller.id) return record
  if (await mayForOthers(db, caller, scope)) return record
  throw keyNotFound(keyId)
}

/** The account whose keys are requested: the caller's, or any for an admin whose key has the scope. Throws ACCESS_DENIED, ACCOUNT_NOT_FOUND. */
export async function keyAccount(
  { db }: Pick<Keys, 'db'>,
  caller: Identity,
  accountId: string | undefined,
  scope: Scope,
): Promise<string> {
  if (accountId === undefined || accountId === caller.id) return caller.id
  if (!(await mayForOthers(db, caller, scope))) {
    throw new CallError(
      'ACCESS_DENIED',
      `Keys of other accounts are for admins, with the scope ${scope}.`,
      { requiredScopes: [scope], accessLevel: 'admin' },
    )
  }
  if ((await getAccount(db, accountId)) === undefined) throw accountNotFound(accountId)
  return accountId
}
