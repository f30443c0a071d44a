import type { ServiceRuntime } from '@alkdev/service'
import { inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { deleteSession, findOldSessions, getSession, lockSession } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import { endWorkspaceUse, workspaceUsers } from '../sessions/end-workspace-use.ts'
import { announceSession } from '../sessions/session-announcements.ts'

/** Sessions of one run, because each may have many messages, and something left at its spoke. */
const MAX_SESSIONS = 100

/** Says, while the session is there, how to end its use of the spoke of its workspace once it is deleted. */
export type BeforeDelete = (session: SessionWithOrg) => Promise<() => Promise<void>>

/** Removes the checkpoints of the session, with the rights of those who had turns in it, and announces that it is deleted. */
export function leaveSpoke(runtime: ServiceRuntime<'coordinator'>): BeforeDelete {
  return async (session) => {
    const users = await workspaceUsers(runtime, undefined, session.id)
    return async () => {
      announceSession(runtime, session, 'deleted')
      await endWorkspaceUse(runtime, users, session, true)
    }
  }
}

/**
 * Deletes sessions that were archived before `keptMs` milliseconds, as `sessions.delete` does, each in a transaction of its own. At most `MAX_SESSIONS`; gives
 * how many.
 */
export async function pruneSessions(
  db: Db,
  keptMs: number,
  limit: number,
  before: BeforeDelete,
): Promise<number> {
  const after: (() => Promise<void>)[] = []
  for (const id of await findOldSessions(db, keptMs, Math.min(limit, MAX_SESSIONS))) {
    // oxlint-disable no-await-in-loop -- one transaction after the other
    const session = await getSession(db, id)
    if (session === undefined) continue
    const leave = await before(session)
    const isDeleted = await inTransaction(db, async (tx) => {
      const row = await lockSession(tx, id)
      if (row?.status !== 'archived') return false
      await deleteSession(tx, row)
      return true
    })
    // oxlint-enable no-await-in-loop
    if (isDeleted) after.push(leave)
  }
  await Promise.all(after.map((leave) => leave()))
  return after.length
}
