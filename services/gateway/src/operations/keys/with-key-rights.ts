import { ACTING_KEYS, callerOf, KEY_PREFIX } from '@alkdev/service'
import type { OperationContext } from '@alkdev/operations'
import { createDrizzleKeyStore, inTransaction, lockApiKeys } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { sharedNow } from '@alkdev/std'
import { createKeys } from 'keypal'
import type { ApiKeyManager } from 'keypal'
import type { GatewayContext } from '../../context.ts'
import { keyRights } from './key-rights.ts'
import type { KeyRights } from './key-rights.ts'

export interface KeyTransaction {
  readonly db: Db
  /** The keys of the hub, within the transaction. It has no cache. */
  readonly keys: ApiKeyManager
  readonly rights: KeyRights
}

/**
 * Runs `work` in one transaction in which the keys that make the call can neither be revoked nor changed: their rights are checked and granted in
 * one step. A revocation or a change of them happens before, and is seen, or after. With `changes`, the key of that id may be changed.
 */
export function withKeyRights<T>(
  { db }: Pick<GatewayContext['runtime'], 'db'>,
  context: OperationContext,
  work: (transaction: KeyTransaction) => Promise<T>,
  changes?: string,
): Promise<T> {
  const caller = callerOf(context)
  return inTransaction(db, async (tx) => {
    const keyIds = callingKeys(context)
    await (changes === undefined
      ? lockApiKeys(tx, keyIds, 'share')
      : lockApiKeys(tx, [...keyIds, changes], 'change'))
    const rights = await keyRights(tx, caller, keyIds)
    await using keys = createKeys({
      now: sharedNow,
      prefix: KEY_PREFIX,
      storage: createDrizzleKeyStore(tx),
      auditLogs: true,
      autoTrackUsage: false,
    })
    // Awaited here: the keys are closed when this function returns.
    return await work({ db: tx, keys, rights })
  })
}

/** The ids of the keys that make the call: the caller's, and those of the spokes that act on its behalf. */
function callingKeys({ identity, metadata }: OperationContext): readonly string[] {
  const acting = metadata?.[ACTING_KEYS]
  return [identity?.keyId, ...(Array.isArray(acting) ? acting : [])].filter(
    (keyId): keyId is string => typeof keyId === 'string',
  )
}
