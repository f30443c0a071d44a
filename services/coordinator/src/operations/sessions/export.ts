import { serviceSpec } from '@alkdev/contracts'
import type { SessionExport, SessionRef } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listMessages } from '@alkdev/storage/sessions'
import type { MessageView } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { messageView } from '../../sessions/session-views.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'
import { withoutNulls } from '../../workflows/without-nulls.ts'

const MAX_MESSAGES = 10_000

/** `sessions.export`. Throws PAYLOAD_TOO_LARGE for a session that does not fit into an answer. */
export function sessionsExport({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, config } = runtime
  return {
    ...serviceSpec('sessions.export'),
    async handler({ sessionId }: SessionRef, context: OperationContext): Promise<SessionExport> {
      const session = await visibleSession(db, callerOf(context), sessionId)
      const views: MessageView[] = []
      let bytes = 0
      let cursor: string | undefined
      do {
        // oxlint-disable-next-line no-await-in-loop -- page after page
        const page = await listMessages(db, {
          sessionId,
          limit: 200,
          maxBytes: config.limits.maxPayloadBytes,
          ...(cursor !== undefined && { cursor }),
        })
        views.push(...page.items)
        bytes += JSON.stringify(page.items).length
        cursor = page.nextCursor
        if (bytes > config.limits.maxPayloadBytes * 2 || views.length > MAX_MESSAGES)
          throw new CallError(
            'PAYLOAD_TOO_LARGE',
            'The session is too large to be exported at once; read it with sessions.messages.',
          )
      } while (cursor !== undefined)
      return {
        format: 'alkhub.session.v1',
        session: {
          title: session.title,
          ...withoutNulls({
            role: session.roleName,
            model: session.model,
            instructions: session.instructions,
          }),
        },
        messages: views.toReversed().map((view) => messageView(view)),
      }
    },
  }
}
