import { serviceSpec } from '@alkdev/contracts'
import type { SessionRef } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { deleteSession, lockSession } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { endWorkspaceUse, workspaceUsers } from '../../sessions/end-workspace-use.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'

/** `sessions.delete` */
export function sessionsDelete({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.delete'),
    async handler({ sessionId }: SessionRef, context: OperationContext): Promise<SessionRef> {
      const caller = callerOf(context)
      const session = await changeableSession(db, caller, sessionId)
      const users = await workspaceUsers(runtime, caller, sessionId)
      await inTransaction(db, async (tx) => {
        await deleteSession(tx, must(await lockSession(tx, sessionId)))
        await audit(tx, context, {
          action: 'sessions.deleted',
          targetType: 'session',
          targetId: sessionId,
        })
      })
      await endWorkspaceUse(runtime, users, session, true)
      sessions.onChanged(session, 'deleted')
      return { sessionId }
    },
  }
}
