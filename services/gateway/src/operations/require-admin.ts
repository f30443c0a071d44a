import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { isActiveAdmin } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** Throws ACCESS_DENIED unless the caller's account may change the deployment. Its scopes are checked by the operation. */
export async function requireAdmin(db: Db, caller: Identity): Promise<void> {
  if (await isActiveAdmin(db, caller.id)) return
  throw new CallError('ACCESS_DENIED', 'Only an account whose access level is admin may do this.', {
    accessLevel: 'admin',
  })
}
