import { serviceSpec } from '@alkdev/contracts'
import type { SessionsImportInput, SessionsImportOutput } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { addMessages, createSession, getSession, lockSession } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { importDocument } from '../../sessions/import-document.ts'
import type { ImportedDocument } from '../../sessions/import-document.ts'
import { newSessionGrant } from '../../sessions/session-grants.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { refuseSessions, sessionNotFound } from '../../sessions/whose-sessions.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'

type Append = NonNullable<SessionsImportInput['append']>

/** `sessions.import` */
export function sessionsImport({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime

  /** Adds the messages of another piece of the document. */
  async function addTo(
    { sessionId, after }: Append,
    { messages, notMapped }: ImportedDocument,
    context: OperationContext,
  ): Promise<SessionsImportOutput> {
    const caller = callerOf(context)
    await inTransaction(db, async (tx) => {
      const session = await lockSession(tx, sessionId)
      if (session?.accountId !== caller.id) throw sessionNotFound(sessionId)
      const { messageSeq, turnToken, mode, archivedAt } = session
      if (messageSeq !== after || turnToken > 0 || mode !== 'agent' || archivedAt !== null)
        throw new CallError(
          'CONFLICT',
          `The session ${session.slug} is not as it was after ${after} messages were imported. Import the document again.`,
          { messages: messageSeq },
        )
      const added = messages.map((message) => ({ ...message, senderId: caller.id }))
      await addMessages(tx, sessionId, added)
    })
    const row = must(await getSession(db, sessionId))
    return { session: sessionView(row), messages: messages.length, notMapped: [...notMapped] }
  }

  return {
    ...serviceSpec('sessions.import'),
    async handler(
      { document, project, title, append }: SessionsImportInput,
      context: OperationContext,
    ): Promise<SessionsImportOutput> {
      const caller = callerOf(context)
      refuseSessions(caller, 'sessions.import')
      const imported = importDocument(document)
      if (append !== undefined) return addTo(append, imported, context)
      const projectId = await projectIdOf(db, caller, project)
      const id = uuidv7()
      await inTransaction(db, async (tx) => {
        await createSession(tx, {
          id,
          accountId: caller.id,
          projectId,
          grantId: await newSessionGrant(tx, caller),
          title: title ?? (imported.title || 'Imported session'),
          model: imported.model,
          instructions: imported.instructions,
        })
        await addMessages(
          tx,
          id,
          imported.messages.map((message) => ({ ...message, senderId: caller.id })),
        )
        await audit(tx, context, {
          action: 'sessions.imported',
          targetType: 'session',
          targetId: id,
          data: { messages: imported.messages.length },
        })
      })
      const row = must(await getSession(db, id))
      sessions.onChanged(row, 'created')
      return {
        session: sessionView(row),
        messages: imported.messages.length,
        notMapped: [...imported.notMapped],
      }
    },
  }
}
