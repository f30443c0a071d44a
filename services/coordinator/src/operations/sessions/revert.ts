import { serviceSpec } from '@alkdev/contracts'
import type {
  SessionRef,
  SessionsRevertInput,
  SessionsRevertOutput,
} from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import {
  checkpointBefore,
  getMessage,
  getSession,
  latestRevert,
  restoreMessages,
  revertMessages,
  revertNumber,
} from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { withHeldSession } from '../../sessions/hold-session.ts'
import { restoreFiles, undoName, unrevertFiles } from '../../sessions/revert-files.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'
import { messageNotFound } from './fork.ts'

/**
 * `sessions.revert`, while the session is held. The files are restored with the rights of the caller, after they were saved as a checkpoint; then the messages
 * are taken out. When the process ends in between, the files are restored and the messages are there: asking again completes it.
 */
export function sessionsRevert({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.revert'),
    async handler(
      { sessionId, messageId }: SessionsRevertInput,
      context: OperationContext,
    ): Promise<SessionsRevertOutput> {
      const caller = callerOf(context)
      await changeableSession(db, caller, sessionId)
      const files = await withHeldSession(runtime, sessionId, context.signal, async (held) => {
        const message = await getMessage(db, sessionId, messageId)
        if (message?.position == null || message.revertedAt !== null)
          throw messageNotFound(messageId)
        const { position, turnId } = message
        const checkpoint =
          turnId === null ? undefined : await checkpointBefore(db, sessionId, { turnId, position })
        const undo = undoName(position, await revertNumber(db, sessionId))
        const restored = await restoreFiles(runtime, caller, held.session, {
          checkpoint,
          saveAs: undo,
          signal: held.signal,
        })
        await held.finish(async (tx) => {
          await revertMessages(tx, sessionId, {
            id: messageId,
            position,
            ...(checkpoint !== undefined && { undo }),
          })
          await audit(tx, context, {
            action: 'sessions.reverted',
            targetType: 'session',
            targetId: sessionId,
            data: { messageId },
          })
        })
        return restored
      })
      const row = must(await getSession(db, sessionId))
      sessions.onChanged(row, 'updated')
      return { session: sessionView(row), ...files }
    },
  }
}

/** `sessions.unrevert`, while the session is held: the files first, so that asking again completes what was interrupted. */
export function sessionsUnrevert({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.unrevert'),
    async handler(
      { sessionId }: SessionRef,
      context: OperationContext,
    ): Promise<SessionsRevertOutput> {
      const caller = callerOf(context)
      await changeableSession(db, caller, sessionId)
      const files = await withHeldSession(runtime, sessionId, context.signal, async (held) => {
        const revert = await latestRevert(db, sessionId)
        if (revert === undefined) throw nothingReverted()
        const { session, signal } = held
        const restored = await unrevertFiles(runtime, caller, session, revert.undo, signal)
        await held.finish(async (tx) => {
          if (!(await restoreMessages(tx, sessionId))) throw nothingReverted()
          await audit(tx, context, {
            action: 'sessions.unreverted',
            targetType: 'session',
            targetId: sessionId,
          })
        })
        return restored
      })
      const row = must(await getSession(db, sessionId))
      sessions.onChanged(row, 'updated')
      return { session: sessionView(row), ...files }
    },
  }
}

function nothingReverted(): CallError {
  return new CallError('CONFLICT', 'There is no revert that can be undone.')
}
