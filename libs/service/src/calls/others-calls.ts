import type { Scope } from '@alkdev/contracts'
import { coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { isActiveAdmin, isMemberOfAny } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/**
 * True when the identity may read or control calls of the account: its own always; with the scope, those of accounts that share an
 * organization with it, and all when its account is an admin. `*` on a key covers what its account may do; it does not reach other
 * organizations.
 */
export async function mayForCallsOf(
  db: Db,
  identity: Identity,
  accountId: string | null | undefined,
  scope: Scope,
): Promise<boolean> {
  if (accountId === identity.id) return true
  if (!coversScope(identity.scopes, scope)) return false
  const { orgIds = [] } = identity
  if (accountId && orgIds.length > 0 && (await isMemberOfAny(db, accountId, orgIds))) return true
  return isActiveAdmin(db, identity.id)
}
