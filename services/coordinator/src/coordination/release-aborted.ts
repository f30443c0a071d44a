import { compact } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { findMappings } from '@alkdev/storage/coordination'
import { releaseTasksOfSessions } from '@alkdev/storage/tasks'
import { abortRef } from './save-aborted.ts'

/** The tasks of sessions that an abort has ended go back, with what their sessions left. In the transaction of the abort. */
export async function releaseAborted(
  tx: Db,
  aborted: readonly { readonly id: string }[],
  { abortId, reason }: { readonly abortId: string; readonly reason: string },
): Promise<void> {
  const ids = aborted.map(({ id }) => id)
  const mappings = await findMappings(tx, ids)
  await releaseTasksOfSessions(tx, ids, reason, (id) => {
    const mapping = mappings.get(id)
    return compact({
      abortId,
      branch: mapping?.branch ?? undefined,
      report: mapping?.report ?? undefined,
      // Where the changes are saved, as far as the spoke can be reached.
      savedRef: abortRef(id, abortId),
    })
  })
}
