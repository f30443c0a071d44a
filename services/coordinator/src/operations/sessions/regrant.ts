import { serviceSpec } from '@alkdev/contracts'
import type { Session, SessionRef } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import {
  appendSessionEvents,
  changeSession,
  getSession,
  lockSession,
} from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { newSessionGrant } from '../../sessions/session-grants.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { changeableSession, refuseSessions } from '../../sessions/whose-sessions.ts'

/** `sessions.regrant`: the next turn has the rights of the calling key. */
export function sessionsRegrant({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.regrant'),
    async handler({ sessionId }: SessionRef, context: OperationContext): Promise<Session> {
      const caller = callerOf(context)
      refuseSessions(caller, 'sessions.regrant')
      const session = await changeableSession(db, caller, sessionId)
      if (session.accountId !== caller.id)
        throw new CallError('ACCESS_DENIED', 'Only the account of a session gives it rights.', {
          sessionId,
        })
      await inTransaction(db, async (tx) => {
        const locked = must(await lockSession(tx, sessionId))
        const grantId = await newSessionGrant(tx, caller)
        const isWaiting = locked.waitingOn === 'grant' && locked.turnId === null
        await changeSession(tx, sessionId, {
          grantId,
          stopReason: null,
          ...(isWaiting && { status: 'idle', waitingOn: null }),
        })
        await appendSessionEvents(tx, sessionId, [{ type: 'session.changed', data: {} }])
        await audit(tx, context, {
          action: 'sessions.regranted',
          targetType: 'session',
          targetId: sessionId,
          data: { grantId },
        })
      })
      const row = must(await getSession(db, sessionId))
      sessions.onChanged(row, 'updated')
      return sessionView(row)
    },
  }
}
