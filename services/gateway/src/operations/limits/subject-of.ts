import { SCOPES } from '@alkdev/contracts'
import type { LimitsGetInput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { isActiveAdmin } from '@alkdev/storage'
import type { LimitSubject } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { accountNotFound } from '../accounts/account-view.ts'
import { orgNotFound, readOrg } from '../orgs/org-rights.ts'
import { keyNotFound } from '../keys/key-view.ts'
import { ownKey } from '../keys/own-key.ts'

/** The one subject that an input names; undefined for none. Throws VALIDATION_ERROR for several. */
export function subjectOf({ keyId, accountId, orgId }: LimitsGetInput): LimitSubject | undefined {
  const named: LimitSubject[] = []
  if (keyId !== undefined) named.push({ of: 'key', id: keyId })
  if (accountId !== undefined) named.push({ of: 'account', id: accountId })
  if (orgId !== undefined) named.push({ of: 'organization', id: orgId })
  if (named.length > 1)
    throw new CallError('VALIDATION_ERROR', 'Only one of keyId, accountId and orgId may be given.')
  return named[0]
}

/** The same error for a subject that does not exist and for one that the caller may not see. */
export function subjectNotFound({ of, id }: LimitSubject): CallError {
  if (of === 'key') return keyNotFound(id)
  return of === 'account' ? accountNotFound(id) : orgNotFound(id)
}

/** Throws like `subjectNotFound` unless the caller may see the key, account or organization. */
export async function requireVisible(
  gateway: GatewayContext,
  caller: Identity,
  { of, id }: LimitSubject,
): Promise<void> {
  if (of === 'key') await ownKey(gateway.runtime, caller, id, SCOPES.ACCOUNTS_READ)
  else if (of === 'organization') await readOrg(gateway.runtime.db, id, caller)
  // The call volume of an account is not visible to other members.
  else if (id !== caller.id && !(await isActiveAdmin(gateway.runtime.db, caller.id)))
    throw accountNotFound(id)
}
