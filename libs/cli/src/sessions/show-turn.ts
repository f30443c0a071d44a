import type { SessionEvent } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import type { Io } from '../command.ts'
import { EXIT } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { followSession } from './follow-session.ts'
import { SessionPrinter } from './session-printer.ts'
import { Transcript } from './transcript.ts'
import { say, sayJson } from '../say.ts'

export interface ShowOptions {
  readonly sessionId: string
  readonly after?: string
  /** A message that `send` sends; ends when its turn is over. */
  readonly messageId?: string
  /** Called once, when the stream is open, so that nothing of the turn is missed. */
  readonly send?: () => Promise<unknown>
  /** Ends as soon as no turn runs. */
  readonly untilIdle?: boolean
  readonly json: boolean
  readonly history?: number
}

/**
 * Prints the events of a session as lines (JSON: one event in each line), until the session ends, or the turn of the message is over. With a message the
 * output begins with it. Gives the exit code: 1 when the turn was not completed, or the message refused.
 */
export async function showSession(
  hub: HubClient,
  io: Io,
  { sessionId, after, messageId, send, untilIdle = false, json, history }: ShowOptions,
): Promise<number> {
  const printer = new SessionPrinter(io)
  const transcript = new Transcript(history)
  if (messageId !== undefined) transcript.know(messageId)
  const end = new TurnEnd(messageId, untilIdle)
  const events = followSession(hub, {
    sessionId,
    signal: io.signal,
    onConnection: (connected) => {
      say(io.stderr, connected ? 'Connected again.' : 'The connection was lost; trying again.')
    },
    ...compact({ after }),
  })
  let isSent = false
  try {
    for await (const event of events) {
      if (json) sayEvent(io, event, send && { messageId, isSent })
      else for (const shown of transcript.apply(event)) printer.show(shown)
      if (send && !isSent) {
        isSent = true
        await send()
      }
      const code = end.codeAfter(event)
      if (code !== undefined) return code
    }
  } finally {
    if (!json) printer.end()
  }
  return io.signal.aborted ? EXIT.interrupted : EXIT.done
}

/** An event as JSON; when a message is sent, nothing before it, and a later snapshot without the messages before it. */
function sayEvent(
  io: Io,
  event: SessionEvent,
  sending: { readonly messageId: string | undefined; readonly isSent: boolean } | undefined,
): void {
  if (sending?.isSent === false) return
  const { messages } = event
  if (sending === undefined || messages === undefined) return sayJson(io.stdout, event)
  const at = messages.findIndex(({ messageId }) => messageId === sending.messageId)
  sayJson(io.stdout, { ...event, messages: messages.slice(Math.max(0, at)) })
}

/** Recognizes the end of the turn of one message, or of all turns. */
export class TurnEnd {
  readonly #messageId: string | undefined
  readonly #untilIdle: boolean
  #turnId: string | undefined

  constructor(messageId: string | undefined, untilIdle: boolean) {
    this.#messageId = messageId
    this.#untilIdle = untilIdle
  }

  /** The exit code when the event is the last one to show. */
  codeAfter({ type, messageId, turnId, reason, session }: SessionEvent): number | undefined {
    if (this.#untilIdle) {
      const isBusy = session?.turnId !== undefined || session?.status === 'queued'
      if (type === 'snapshot' && !isBusy) return codeOf(session?.endReason ?? 'completed')
      if (type === 'turn.ended') return codeOf(reason)
      return undefined
    }
    if (this.#messageId === undefined) return undefined
    if (messageId === this.#messageId) {
      if (type === 'message.refused') return EXIT.failed
      if (type === 'message.delivered' || type === 'turn.started') this.#turnId = turnId
    }
    return type === 'turn.ended' && turnId === this.#turnId ? codeOf(reason) : undefined
  }
}

function codeOf(reason: string | undefined): number {
  return reason === 'completed' ? EXIT.done : EXIT.failed
}
