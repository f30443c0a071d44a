import { compact } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { findMapping } from '@alkdev/storage/coordination'
import { releaseTasksOfSession } from '@alkdev/storage/tasks'
import { abortRef } from './abort-session-tree.ts'

/** The tasks of sessions that an abort has ended go back, with what their sessions left. In the transaction of the abort. */
export async function releaseAborted(
  tx: Db,
  aborted: readonly { readonly id: string }[],
  { abortId, reason }: { readonly abortId: string; readonly reason: string },
): Promise<void> {
  for (const { id } of aborted) {
    // oxlint-disable no-await-in-loop -- one connection
    const mapping = await findMapping(tx, id)
    const evidence = compact({
      abortId,
      branch: mapping?.branch ?? undefined,
      report: mapping?.report ?? undefined,
      // Where the changes are saved, as far as the spoke can be reached.
      savedRef: abortRef(id, abortId),
    })
    await releaseTasksOfSession(tx, id, reason, evidence)
    // oxlint-enable no-await-in-loop
  }
}
