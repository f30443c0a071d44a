import type { SessionEvent } from '@alkdev/contracts/agents'
import {
  countFittingMessages,
  countFittingToolCalls,
  getSession,
  readMessagesById,
  readSessionEvents,
  readToolCallsById,
} from '@alkdev/storage/sessions'
import type { Db } from '@alkdev/storage'
import { fittingMessages } from '../fitting-messages.ts'
import { sessionView, toolCallView } from '../session-views.ts'

/** An event without its position, which depends on the reader. */
export interface NumberedEvent {
  readonly seq: number
  readonly event: Omit<SessionEvent, 'position'>
}

/** Events of one query. */
const EVENTS_PART = 200

/** Some events, and the number up to which they are all that there are. */
export interface EventsPart {
  readonly events: readonly NumberedEvent[]
  readonly upTo: number
}

/**
 * The next stored events as a reader gets them, as many as are read at once within a payload. Sessions, messages and tool calls are stored once; an event
 * has them as they are now, which may be newer than the event. An event about a message or a tool call that was deleted is left out.
 */
export async function nextEvents(
  db: Db,
  sessionId: string,
  after: number,
  maxBytes: number,
): Promise<EventsPart> {
  const read = await readSessionEvents(db, sessionId, { after, limit: EVENTS_PART, maxBytes })
  const parsed = read.map(({ seq, type, data, createdAt }) => ({
    seq,
    type: type as SessionEvent['type'],
    data: JSON.parse(data) as Record<string, unknown>,
    at: createdAt.toISOString(),
  }))
  const events = await fitting(db, parsed, maxBytes)
  const upTo = events.at(-1)?.seq ?? after
  const needsSession = events.some(({ type }) => type === 'session.changed')
  const session = needsSession ? await getSession(db, sessionId) : undefined
  const messages = fittingMessages(await readMessagesById(db, idsOf(events, 'message')), maxBytes)
  const calls = (await readToolCallsById(db, idsOf(events, 'toolCall'))).map((call) =>
    toolCallView(call),
  )
  const views = events.flatMap(({ seq, type, data, at }): NumberedEvent[] => {
    const event = { type, at, ...data }
    switch (type) {
      case 'session.changed':
        return session === undefined
          ? []
          : [{ seq, event: { ...event, session: sessionView(session) } }]
      case 'message.added': {
        const message = messages.find(({ messageId }) => messageId === data['messageId'])
        return message === undefined ? [] : [{ seq, event: { ...event, message } }]
      }
      case 'tool.changed': {
        const toolCall = calls.find(({ toolCallId }) => toolCallId === data['toolCallId'])
        return toolCall === undefined ? [] : [{ seq, event: { type, at, toolCall } }]
      }
      default:
        return [{ seq, event }]
    }
  })
  return { events: views, upTo }
}

interface ParsedEvent {
  readonly seq: number
  readonly type: SessionEvent['type']
  readonly data: Readonly<Record<string, unknown>>
  readonly at: string
}

const ABOUT = { message: 'message.added', toolCall: 'tool.changed' } as const

function idsOf(events: readonly ParsedEvent[], what: keyof typeof ABOUT): string[] {
  return events
    .filter(({ type }) => type === ABOUT[what])
    .map(({ data }) => String(data[`${what}Id`]))
}

/** Those before an event with whose message or tool call there would be too many bytes. */
async function fitting(
  db: Db,
  events: readonly ParsedEvent[],
  maxBytes: number,
): Promise<readonly ParsedEvent[]> {
  const left = {
    message: await countFittingMessages(db, idsOf(events, 'message'), maxBytes),
    toolCall: await countFittingToolCalls(db, idsOf(events, 'toolCall'), maxBytes),
  }
  const end = events.findIndex(({ type }) => {
    if (type === ABOUT.message) return --left.message < 0
    return type === ABOUT.toolCall && --left.toolCall < 0
  })
  return end < 0 ? events : events.slice(0, end)
}
