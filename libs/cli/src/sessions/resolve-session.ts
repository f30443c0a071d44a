import type { Session } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { didYouMean } from '@alkdev/std'
import type { HubClient } from '../hub/hub-client.ts'
import type { InputPositional } from '../hub/operation-command.ts'
import { find } from '../hub/resolve.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** The least characters of the end of an id that stand for it. */
const MIN_END = 4

/** The id of a session, from its id, the end of its id, its slug or `last` for the newest one. Throws OperatorError when there is none. */
export async function sessionIdOf(hub: HubClient, text: string): Promise<string> {
  if (UUID.test(text)) return text.toLowerCase()
  const slugs: string[] = []
  const isEnd = text.length >= MIN_END && /^[0-9a-f-]+$/i.test(text)
  const found = await find<Session>(hub, 'sessions.list', { archived: true }, (session) => {
    slugs.push(session.slug)
    if (text === 'last') return session.archivedAt === undefined
    if (session.slug === text) return true
    return isEnd && session.sessionId.endsWith(text.toLowerCase())
  })
  if (found !== undefined) return found.sessionId
  throw new OperatorError(
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
