import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { getSession, lockSession } from '@alkdev/storage/sessions'
import { changedClaims, noteChangedClaim } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../context.ts'
import { acceptPrompt } from '../sessions/accept-prompt.ts'

/**
 * Sends a message to each session that works on a task of the project whose text, checks or globs were changed, once for each change. A process
 * that is killed before leaves the change to the next sync.
 */
export async function informHolders(
  { runtime, sessions }: CoordinatorContext,
  caller: Identity,
  projectId: string,
): Promise<void> {
  const { db, logger } = runtime
  for (const changed of await changedClaims(db, projectId)) {
    const { sessionId, task } = changed
    try {
      // oxlint-disable-next-line no-await-in-loop -- few claims, one transaction after the other
      const session = await inTransaction(db, async (tx) => {
        await lockSession(tx, sessionId)
        if (!(await noteChangedClaim(tx, changed))) return undefined
        const text = `The text of task ${task.slug} was changed while you work on it. Read it with tasks.get. The checks that must pass are those at your claim.`
        return (await acceptPrompt(tx, caller, sessionId, { text, mode: 'queue' })).session
      })
      if (session === undefined) continue
      // oxlint-disable-next-line no-await-in-loop -- as above
      const row = await getSession(db, sessionId)
      if (row !== undefined) sessions.onChanged(row, 'updated')
    } catch (error) {
      // A session that takes no message, for instance one whose rights were revoked, does not undo the sync.
      if (!(error instanceof CallError)) throw error
      logger.warn({ err: error, sessionId, task: task.slug }, 'a holder was not informed')
    }
  }
}
