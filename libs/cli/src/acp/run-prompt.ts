import { randomUUID } from 'node:crypto'
import { CLIENT_METHODS, RequestError } from '@agentclientprotocol/sdk/unstable'
import type { AgentContext, StopReason } from '@agentclientprotocol/sdk/unstable'
import type { HubClient } from '../hub/hub-client.ts'
import { followSession } from '../sessions/follow-session.ts'
import { Transcript } from '../sessions/transcript.ts'
import type { Shown } from '../sessions/transcript.ts'
import { Permissions } from './permissions.ts'
import { SessionUpdates } from './session-updates.ts'

export interface RunPromptOptions {
  readonly sessionId: string
  readonly text: string
  /** The connection is closed: the turn goes on at the hub. */
  readonly signal: AbortSignal
  /** The editor cancelled the prompt: the turn is stopped. */
  readonly cancelled: AbortSignal
  readonly onError: (error: unknown) => void
}

/** Sends a prompt and reports its turn to the editor until the turn is over. Gives why it ended. */
export async function runPrompt(
  hub: HubClient,
  client: AgentContext,
  { sessionId, text, signal, cancelled, onError }: RunPromptOptions,
): Promise<StopReason> {
  const messageId = randomUUID()
  const transcript = new Transcript(0)
  transcript.know(messageId)
  const updates = new SessionUpdates()
  const done = new AbortController()
  let failure: Error | undefined
  // An answer that the hub did not take ends the prompt; the question stays open for other surfaces.
  const permissions = new Permissions(hub, client, sessionId, (error) => {
    failure = error instanceof Error ? error : new Error(String(error))
    done.abort()
  })
  const events = followSession(hub, {
    sessionId,
    signal: AbortSignal.any([signal, done.signal]),
  })
  const stop = () => {
    permissions.withdrawAll()
    hub.call('sessions.stop', { sessionId, reason: 'The editor cancelled it.' }).catch(onError)
  }
  const show = async (shown: Shown): Promise<void> => {
    for (const update of updates.of(shown))
      // oxlint-disable-next-line no-await-in-loop -- in their order; a client that does not read slows the reading of events
      await client.notify(CLIENT_METHODS.session_update, { sessionId, update })
    if (shown.type === 'ask') permissions.ask(shown.toolCall)
    else if (shown.type === 'tool') permissions.withdraw(shown.toolCall.toolCallId)
  }
  let isSent = false
  let turnId: string | undefined
  try {
    for await (const event of events) {
      for (const shown of transcript.apply(event)) await show(shown)
      if (event.type === 'tool.changed' && event.toolCall?.status === 'dispatched')
        permissions.withdraw(event.toolCall.toolCallId)
      if (!isSent) {
        isSent = true
        if (cancelled.aborted) return 'cancelled'
        await hub.call('sessions.prompt', { sessionId, text, messageId })
        cancelled.addEventListener('abort', stop, { once: true })
      }
      if (event.messageId === messageId) {
        if (event.type === 'message.refused')
          throw RequestError.invalidRequest(undefined, `The message was refused: ${event.reason}.`)
        if (event.type === 'turn.started' || event.type === 'message.delivered') {
          const isNew = turnId === undefined
          turnId = event.turnId
          // Cancelled before its turn began: there was nothing to stop yet.
          if (isNew && cancelled.aborted) stop()
        }
      }
      if (event.type === 'turn.ended' && turnId !== undefined && event.turnId === turnId)
        return stopReasonOf(event.reason, event.error?.message)
    }
  } finally {
    cancelled.removeEventListener('abort', stop)
    permissions.withdrawAll()
    done.abort()
  }
  if (failure !== undefined) throw failure
  if (signal.aborted) return 'cancelled'
  throw RequestError.invalidRequest(undefined, 'The session has ended.')
}

/** Throws an error of the protocol for an end that is neither the model's nor the user's. */
function stopReasonOf(reason: string | undefined, error: string | undefined): StopReason {
  switch (reason) {
    case 'completed':
      return 'end_turn'
    case 'user-stop':
    case 'parent-abort':
      return 'cancelled'
    case 'turn-limit':
      return 'max_turn_requests'
    case 'context-exhausted':
      return 'max_tokens'
    default:
      throw RequestError.internalError(
        { reason },
        error === undefined ? `The turn ended: ${reason}.` : `${reason}: ${error}`,
      )
  }
}
