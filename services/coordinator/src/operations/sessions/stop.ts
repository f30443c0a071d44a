import { serviceSpec } from '@alkdev/contracts'
import type { SessionsStopInput, SessionsStopOutput } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { getSession, lockSession, requestTurnAbort } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'

/** `sessions.stop` */
export function sessionsStop({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.stop'),
    async handler(
      { sessionId, reason = 'Stopped on request.' }: SessionsStopInput,
      context: OperationContext,
    ): Promise<SessionsStopOutput> {
      await changeableSession(db, callerOf(context), sessionId)
      const turnId = await inTransaction(db, async (tx) => {
        const locked = await lockSession(tx, sessionId)
        if (locked?.turnId == null) return undefined
        await requestTurnAbort(tx, sessionId, reason)
        await audit(tx, context, {
          action: 'sessions.stopped',
          targetType: 'session',
          targetId: sessionId,
          data: { turnId: locked.turnId },
        })
        return locked.turnId
      })
      const row = must(await getSession(db, sessionId))
      sessions.onChanged(row, 'updated')
      return { session: sessionView(row), ...(turnId !== undefined && { turnId }) }
    },
  }
}
