import type { Identity } from '@alkdev/operations'
import type { ApiKeyManager, ApiKeyRecord } from 'keypal'
import { keyFailure, keyNotFound } from './key-view.ts'

/** A key of the caller's own account. Throws KEY_NOT_FOUND for those of others as for none. */
export async function ownKey(
  keys: Pick<ApiKeyManager, 'findById'>,
  caller: Identity,
  keyId: string,
): Promise<ApiKeyRecord> {
  const record = await keys.findById(keyId).catch((error: unknown) => {
    throw keyFailure(error, keyId)
  })
  if (record === null || record.metadata.ownerId !== caller.id) throw keyNotFound(keyId)
  return record
}
