import type { Session } from '@alkdev/contracts/agents'
import { didYouMean } from '@alkdev/std'
import { NotFoundError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { IdPart, isWholeId } from '../hub/id-part.ts'
import type { InputPositional } from '../hub/operation-command.ts'
import { find } from '../hub/resolve.ts'

/**
 * The id of a session, from its id, the beginning or end of its id, its slug or `last` for the newest one. Throws NotFoundError when there is none,
 * UsageError when several ids fit.
 */
export async function sessionIdOf(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text.toLowerCase()
  const slugs: string[] = []
  const part = new IdPart(text)
  const found = await find<Session>(
    hub,
    'sessions.list',
    { archived: true },
    (session) => {
      slugs.push(session.slug)
      if (text === 'last') return session.archivedAt === undefined
      part.see(session.sessionId)
      return session.slug === text
    },
    () => part.cut(),
  )
  const id = found?.sessionId ?? part.only
  if (id !== undefined) return id
  throw new NotFoundError(
    'SESSION_NOT_FOUND',
    text === 'last'
      ? 'You have no session.'
      : `There is no session ${text}.${didYouMean(text, slugs)}`,
    text === 'last'
      ? 'Make one with `alkhub sessions create`.'
      : 'Ids and slugs are shown by `alkhub sessions list`.',
  )
}

/** The argument that names a session. */
export const sessionPositional: InputPositional = {
  member: 'sessionId',
  question: 'Which session?',
  fix: 'Give its id or slug, which `alkhub sessions list` shows, or `last`.',
  resolve: sessionIdOf,
}
