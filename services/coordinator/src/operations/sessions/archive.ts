import { serviceSpec } from '@alkdev/contracts'
import type { Session, SessionRef } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import {
  appendSessionEvents,
  archiveSession,
  getSession,
  lockSession,
} from '@alkdev/storage/sessions'
import { releaseTasksOfSession } from '@alkdev/storage/tasks'
import type { CoordinatorContext } from '../../context.ts'
import { endWorkspaceUse, workspaceUsers } from '../../sessions/end-workspace-use.ts'
import { announceReleased } from '../../tasks/task-events.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'

/** `sessions.archive` */
export function sessionsArchive({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.archive'),
    async handler({ sessionId }: SessionRef, context: OperationContext): Promise<Session> {
      const caller = callerOf(context)
      await changeableSession(db, caller, sessionId)
      const released = await inTransaction(db, async (tx) => {
        const session = must(await lockSession(tx, sessionId))
        if (session.status === 'archived') return []
        await archiveSession(tx, session)
        await appendSessionEvents(tx, sessionId, [
          { type: 'session.ended', data: { status: 'archived' } },
        ])
        await audit(tx, context, {
          action: 'sessions.archived',
          targetType: 'session',
          targetId: sessionId,
        })
        return releaseTasksOfSession(tx, sessionId, 'The session is archived.')
      })
      await announceReleased(runtime, released)
      const row = must(await getSession(db, sessionId))
      await endWorkspaceUse(runtime, await workspaceUsers(runtime, caller, sessionId), row, false)
      sessions.onChanged(row, 'updated')
      return sessionView(row)
    },
  }
}
