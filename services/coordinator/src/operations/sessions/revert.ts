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
import { inTransaction } from '@alkdev/storage'
import {
  checkpointBefore,
  getMessage,
  getSession,
  lockSession,
  restoreMessages,
  revertMessages,
} from '@alkdev/storage/sessions'
import type { SessionRow } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { restoreFiles, undoName, unrevertFiles } from '../../sessions/revert-files.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'
import { messageNotFound } from './fork.ts'

/**
 * `sessions.revert`. The files are restored with the rights of the caller, after they were saved as a checkpoint; then the messages are taken
 * out. When the process ends in between, the files are restored and the messages are there: asking again completes it.
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
      const session = await changeableSession(db, caller, sessionId)
      refuseWorking(session)
      const message = await getMessage(db, sessionId, messageId)
      if (message?.position == null || message.revertedAt !== null) throw messageNotFound(messageId)
      const { position, turnId } = message
      const checkpoint =
        turnId === null ? undefined : await checkpointBefore(db, sessionId, { turnId, position })
      const files = await restoreFiles(runtime, caller, session, {
        checkpoint,
        saveAs: undoName(position),
        signal: context.signal,
      })
      await inTransaction(db, async (tx) => {
        refuseWorking(must(await lockSession(tx, sessionId)))
        await revertMessages(tx, sessionId, { id: messageId, position })
        await audit(tx, context, {
          action: 'sessions.reverted',
          targetType: 'session',
          targetId: sessionId,
          data: { messageId },
        })
      })
      const row = must(await getSession(db, sessionId))
      sessions.onChanged(row, 'updated')
      return { session: sessionView(row), ...files }
    },
  }
}

/** `sessions.unrevert` */
export function sessionsUnrevert({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.unrevert'),
    async handler(
      { sessionId }: SessionRef,
      context: OperationContext,
    ): Promise<SessionsRevertOutput> {
      const caller = callerOf(context)
      const session = await changeableSession(db, caller, sessionId)
      refuseWorking(session)
      await inTransaction(db, async (tx) => {
        refuseWorking(must(await lockSession(tx, sessionId)))
        if (!(await restoreMessages(tx, sessionId)))
          throw new CallError('CONFLICT', 'There is no revert that can be undone.')
        await audit(tx, context, {
          action: 'sessions.unreverted',
          targetType: 'session',
          targetId: sessionId,
        })
      })
      const files = await unrevertFiles(runtime, caller, session, context.signal)
      const row = must(await getSession(db, sessionId))
      sessions.onChanged(row, 'updated')
      return { session: sessionView(row), ...files }
    },
  }
}

function refuseWorking({ turnId, status, mergeId }: SessionRow): void {
  if (mergeId !== null)
    throw new CallError('CONFLICT', 'The branch of the session is being merged.', { mergeId })
  if (turnId === null && status !== 'queued') return
  throw new CallError('CONFLICT', 'A turn of the session runs; stop it first.', {
    ...(turnId !== null && { turnId }),
  })
}
