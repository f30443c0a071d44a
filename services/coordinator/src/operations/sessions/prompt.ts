import { serviceSpec, workflowRunOf } from '@alkdev/contracts'
import type { SessionsPromptInput, SessionsPromptOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { acceptPrompt } from '../../sessions/accept-prompt.ts'
import { messageView, sessionView } from '../../sessions/session-views.ts'
import { changeableSession } from '../../sessions/whose-sessions.ts'

/** `sessions.prompt` */
export function sessionsPrompt({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('sessions.prompt'),
    async handler(
      { sessionId, ...prompt }: SessionsPromptInput,
      context: OperationContext,
    ): Promise<SessionsPromptOutput> {
      const caller = callerOf(context)
      const runId = workflowRunOf(context.metadata)
      const { orgId } = await changeableSession(runtime.db, caller, sessionId)
      const { view, session } = await inTransaction(runtime.db, (tx) =>
        acceptPrompt(tx, caller, sessionId, { ...prompt, runId }),
      )
      sessions.onChanged({ ...session, orgId }, 'updated')
      return { message: messageView(view), session: sessionView(session) }
    },
  }
}
