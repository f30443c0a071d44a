import type { SessionExport } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { HubClient } from '../hub/hub-client.ts'

const MAX_TRIES = 3

export interface ExportedSession {
  readonly document: Pick<SessionExport, 'format' | 'session' | 'messages'>
  /** Messages whose texts and outputs are cut, because they do not fit into an answer of the hub alone. */
  readonly shortened: readonly string[]
}

/**
 * A session of any size as one document, from pages. Messages that are added meanwhile are not in it. A revert between two pages is noticed by their counts: then it is
 * read again, three times at most.
 */
export async function exportDocument(
  hub: Pick<HubClient, 'call'>,
  sessionId: string,
): Promise<ExportedSession> {
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    // oxlint-disable-next-line no-await-in-loop -- until nothing changes meanwhile
    const exported = await readPages(hub, sessionId)
    if (exported !== undefined) return exported
  }
  throw new OperatorError(
    'The session was reverted each time while it was exported.',
    'Export it again when it is not being reverted.',
  )
}

async function readPages(
  hub: Pick<HubClient, 'call'>,
  sessionId: string,
): Promise<ExportedSession | undefined> {
  const read = (cursor?: string): Promise<SessionExport> =>
    hub.call('sessions.export', { sessionId, paged: true, ...compact({ cursor }) })
  let page = await read()
  const { format, session } = page
  const pages = [page.messages]
  const shortened = [...(page.shortened ?? [])]
  while (page.nextCursor !== undefined) {
    const { left = 0 } = page
    // oxlint-disable-next-line no-await-in-loop -- page after page
    page = await read(page.nextCursor)
    if (page.messages.length + (page.left ?? 0) !== left) return undefined
    pages.push(page.messages)
    shortened.push(...(page.shortened ?? []))
  }
  return { document: { format, session, messages: pages.toReversed().flat() }, shortened }
}
