import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { attachSpoke } from './attach-spoke.ts'
import type { AttachedSpoke, AttachSpoke } from './attach-spoke.ts'
import { writeRegistrations } from './replace-registrations.ts'
import type { Registration } from './replace-registrations.ts'

/**
 * `attachSpoke` and the spoke's registrations in one transaction; `change` is the number of the registry change. `onAttached` runs between
 * the two, when the transaction has the row of the spoke: the CodedError that it throws undoes everything. Throws CONFLICT as `attachSpoke` does.
 */
export function attachWithRegistrations(
  db: Db,
  attach: AttachSpoke,
  operations: readonly Registration[],
  onAttached: () => void,
): Promise<AttachedSpoke & { readonly change: number }> {
  return inTransaction(db, async (tx) => {
    const attached = await attachSpoke(tx, attach)
    onAttached()
    // The row is locked and its epoch is this attachment's: no check as in `replaceRegistrations`.
    const change = await writeRegistrations(tx, attached.spokeId, operations)
    return { ...attached, change }
  })
}
