import { serviceSpec } from '@alkdev/contracts'
import type { SessionsImportInput, SessionsImportOutput } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { addMessages, createSession, getSession } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { importDocument } from '../../sessions/import-document.ts'
import { newSessionGrant } from '../../sessions/session-grants.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { refuseSessions } from '../../sessions/whose-sessions.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'

/** `sessions.import` */
export function sessionsImport({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.import'),
    async handler(
      { document, project, title }: SessionsImportInput,
      context: OperationContext,
    ): Promise<SessionsImportOutput> {
      const caller = callerOf(context)
      refuseSessions(caller, 'sessions.import')
      const imported = importDocument(document)
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
