import { serviceSpec, workflowRunOf } from '@alkdev/contracts'
import type { CoordMessageInput, CoordMessageOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { lockSession } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { acceptPrompt } from '../../sessions/accept-prompt.ts'
import { messageView, sessionView } from '../../sessions/session-views.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'

/** `coord.message` */
export function coordMessage({
  runtime,
  sessions,
  coordination,
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('coord.message'),
    async handler(
      { sessionId, mode, ...prompt }: CoordMessageInput,
      context: OperationContext,
    ): Promise<CoordMessageOutput> {
      const caller = callerOf(context)
      const { orgId } = await changeableSession(runtime.db, caller, sessionId)
      const { view, session } = await inTransaction(runtime.db, async (tx) =>
        acceptPrompt(tx, caller, sessionId, {
          ...prompt,
          runId: workflowRunOf(context.metadata),
          ...compact({ mode: mode ?? (await modeByPolicy(tx, sessionId)) }),
        }),
      )
      const row = { ...session, orgId }
      sessions.onChanged(row, 'updated')
      coordination.emit('coord.messaged', row, { messageId: view.message.id })
      return { message: messageView(view), session: sessionView(session) }
    },
  }
}

/** What the policy of the session says of a message that comes while a turn runs. Throws MESSAGE_REFUSED. */
async function modeByPolicy(tx: Db, sessionId: string): Promise<'queue' | 'interrupt'> {
  const session = await lockSession(tx, sessionId)
  if (session === undefined || session.turnId === null || session.inputPolicy === 'queue')
    return 'queue'
  if (session.inputPolicy === 'interrupt') return 'interrupt'
  throw new CallError(
    'MESSAGE_REFUSED',
    'A turn of the session runs, and its policy rejects messages meanwhile.',
    { reason: 'busy', sessionId, turnId: session.turnId },
    { httpStatus: 409 },
  )
}
