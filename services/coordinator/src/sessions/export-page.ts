import type { SessionExport, SessionMessage } from '@alkdev/contracts/agents'
import { CallError } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { readAtOnce } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { countMessagesBefore, listMessages } from '@alkdev/storage/sessions'
import { fittingMessage } from './fitting-messages.ts'
import { messageView } from './session-views.ts'

const MAX_MESSAGES = 200

/**
 * A page of a session as a document of at most `maxBytes`: as many of the latest messages before the cursor as fit, at least one. The first page has what `head`
 * says of the session; the others have its title. What a page says of one moment is read at once.
 */
export function exportPage(
  db: Db,
  sessionId: string,
  head: Pick<SessionExport, 'format' | 'session'>,
  { cursor, maxBytes }: { readonly cursor: string | undefined; readonly maxBytes: number },
): Promise<SessionExport> {
  const { title } = head.session
  const shown = cursor === undefined ? head : { ...head, session: { title } }
  return readAtOnce(db, async (tx) => {
    const request = { sessionId, maxBytes, ...(cursor !== undefined && { cursor }) }
    const page = await listMessages(tx, { ...request, limit: MAX_MESSAGES })
    let room = maxBytes - bytesOf(shown)
    const messages: SessionMessage[] = []
    const shortened: string[] = []
    for (const view of page.items) {
      const message = messageView(view)
      const bytes = bytesOf(message) + 1
      if (bytes > room && messages.length > 0) break
      const fitting = fittingMessage(message, room)
      if (fitting === undefined) throw tooManyParts(message)
      if (fitting.isShortened) shortened.push(message.messageId)
      messages.push(fitting.message)
      room -= bytes
    }
    const limit = messages.length
    // The cursor of the page that ends with the last message that fitted.
    const { nextCursor } =
      limit === page.items.length ? page : await listMessages(tx, { ...request, limit })
    return {
      ...shown,
      messages: messages.toReversed(),
      ...(nextCursor !== undefined && {
        nextCursor,
        left: await countMessagesBefore(tx, sessionId, must(messages.at(-1)).seq),
      }),
      ...(shortened.length > 0 && { shortened }),
    }
  })
}

function tooManyParts({ messageId }: SessionMessage): CallError {
  return new CallError(
    'PAYLOAD_TOO_LARGE',
    `The message ${messageId} has more parts than fit into an answer. Raise limits.maxPayloadBytes.`,
    { messageId },
  )
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
