import { serviceSpec } from '@alkdev/contracts'
import type { SessionExport, SessionMessage, SessionsExportInput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listMessages } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { exportPage } from '../../sessions/export-page.ts'
import { messageView } from '../../sessions/session-views.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'
import { withoutNulls } from '../../workflows/without-nulls.ts'

const MAX_MESSAGES = 10_000
/** Bytes of an input of `sessions.import` beside its document: a title and a project, with all that JSON escapes in them. */
const IMPORT_ROOM = 4096

/**
 * `sessions.export`: what it gives, `sessions.import` takes. Without `paged` it throws PAYLOAD_TOO_LARGE for a session that does not fit into an input; no more of
 * it than that is read.
 */
export function sessionsExport({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, config } = runtime
  return {
    ...serviceSpec('sessions.export'),
    async handler(
      { sessionId, paged = false, cursor }: SessionsExportInput,
      context: OperationContext,
    ): Promise<SessionExport> {
      const session = await visibleSession(db, callerOf(context), sessionId)
      const head = {
        format: 'alkhub.session.v1' as const,
        session: {
          title: session.title,
          ...withoutNulls({
            role: session.roleName,
            model: session.model,
            instructions: session.instructions,
          }),
        },
      }
      const { maxPayloadBytes } = config.limits
      const maxBytes = Math.min(maxPayloadBytes, config.http.maxBodyBytes) - IMPORT_ROOM
      if (paged || cursor !== undefined)
        return exportPage(db, sessionId, head, { cursor, maxBytes })
      const messages: SessionMessage[] = []
      let bytes = bytesOf({ ...head, messages })
      let from: string | undefined
      do {
        // oxlint-disable-next-line no-await-in-loop -- page after page
        const page = await listMessages(db, {
          sessionId,
          limit: 200,
          maxBytes: maxPayloadBytes,
          ...(from !== undefined && { cursor: from }),
        })
        for (const view of page.items) {
          const message = messageView(view)
          bytes += bytesOf(message) + 1
          messages.push(message)
        }
        from = page.nextCursor
        if (bytes > maxBytes || messages.length > MAX_MESSAGES)
          throw new CallError(
            'PAYLOAD_TOO_LARGE',
            'The session is too large to be exported at once; export it with `paged`, as `alkhub sessions export` does.',
          )
      } while (from !== undefined)
      return { ...head, messages: messages.toReversed() }
    },
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
