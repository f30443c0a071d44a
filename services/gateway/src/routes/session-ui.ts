import { createHash } from 'node:crypto'
import type { SessionEvent, SessionsPromptOutput } from '@alkdev/contracts/agents'
import type { HttpApp } from '@alkdev/http'
import { calledFrom } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayContext } from '../context.ts'
import { readChat } from './read-chat.ts'
import { streamSession, watchSession } from './session-events.ts'
import type { WatchedRequest } from './session-events.ts'
import { UiChunks } from './ui-chunks.ts'

const HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' }

interface Route {
  Params: { sessionId: string }
}

class TurnEnded extends Error {}

/**
 * The AI SDK's UI message stream of a session, for `useChat`: `POST /api/sessions/{sessionId}/ui` sends the last message of the user, or the answers to
 * approvals that the last message has, and streams the turn; `GET .../ui/stream` resumes the stream of the turn that runs (204 without one);
 * `POST .../ui/stop` stops the turn. A client that leaves does not stop it.
 */
export function addSessionUi(app: HttpApp, context: GatewayContext): void {
  const { bus } = context.runtime
  const call = async (
    request: FastifyRequest,
    operationId: string,
    input: unknown,
  ): Promise<unknown> => {
    const { identity } = request
    const { envelope } = await bus.call(operationId, input, {
      principal: identity,
      actor: { kind: 'client', name: identity.id, instanceId: bus.instanceId },
      metadata: calledFrom(request.ip, request.headers['user-agent']),
    })
    return envelope.data
  }

  app.post<Route>('/api/sessions/:sessionId/ui', async (request, reply) => {
    const { sessionId } = request.params
    const { text, answers, messageId } = readChat(request.body)
    const watched: WatchedRequest = { context, request, reply, sessionId, after: undefined }
    // Nothing is accepted of a request whose stream is refused.
    await streamTurn(watched, async () => {
      for (const answer of answers) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await call(request, 'approvals.answer', answer).catch((error: unknown) => {
          if (!isSameAnswer(error, answer.decision, request.identity.id)) throw error
        })
      }
      if (answers.length > 0) return undefined
      const { message } = (await call(request, 'sessions.prompt', {
        sessionId,
        text,
        ...(messageId !== undefined && {
          messageId: promptId([sessionId, request.identity.id, messageId, text]),
        }),
      })) as SessionsPromptOutput
      return message.messageId
    })
    return reply
  })

  const resume = async (request: FastifyRequest<Route>, reply: FastifyReply) => {
    const { sessionId } = request.params
    const session = (await call(request, 'sessions.get', { sessionId })) as { turnId?: string }
    if (session.turnId === undefined) return reply.code(204).send()
    await streamTurn({ context, request, reply, sessionId, after: undefined })
    return reply
  }
  app.get<Route>('/api/sessions/:sessionId/ui/stream', resume)
  // The path that `DefaultChatTransport` makes; the id of the chat says nothing more.
  app.get<Route>('/api/sessions/:sessionId/ui/:chatId/stream', resume)

  app.post<Route>('/api/sessions/:sessionId/ui/stop', async (request) =>
    call(request, 'sessions.stop', { sessionId: request.params.sessionId }),
  )
}

/** True when the approval has this answer of this account already: the message was sent again, because its stream was lost or another answer failed. */
function isSameAnswer(error: unknown, decision: string, accountId: string): boolean {
  const { code, details } = CallError.from(error)
  if (code !== 'APPROVAL_ANSWERED') return false
  const known = (details ?? {}) as { readonly decision?: unknown; readonly answeredBy?: unknown }
  return known.decision === decision && known.answeredBy === accountId
}

/** The same UUID for the same message, so that one that is sent again is accepted once. */
function promptId(message: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(message)).digest()
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const at = [0, 8, 12, 16, 20, 32]
  return at
    .slice(1)
    .map((to, index) => hex.slice(at[index], to))
    .join('-')
}

/** Streams the turn of the message whose id `begin` gives, or the one that runs. */
async function streamTurn(
  watched: WatchedRequest,
  begin?: () => Promise<string | undefined>,
): Promise<void> {
  await streamSession(watched, HEADERS, async (stream, signal) => {
    const messageId = await begin?.()
    // The turn may begin long after the message was accepted: the client has to get an answer before.
    if (begin !== undefined) stream()
    let chunks: UiChunks | undefined
    const send = async (event: SessionEvent): Promise<void> => {
      const isFirst = chunks === undefined
      if (isFirst) {
        const turnId = turnOf(event, messageId)
        if (turnId === undefined && isOver(event, messageId)) throw new TurnEnded()
        if (turnId === undefined) return
        chunks = new UiChunks(turnId)
      }
      const made = chunks as UiChunks
      const { chunks: sent, isEnd } =
        event.type === 'snapshot'
          ? {
              chunks: made.resume(event.messages ?? [], event.running),
              isEnd: event.session?.turnId !== made.turnId,
            }
          : made.of(event)
      // oxlint-disable-next-line no-await-in-loop -- in their order
      for (const chunk of sent) await stream().send({ data: chunk })
      if (isEnd) throw new TurnEnded()
    }
    try {
      await watchSession(watched, signal, send)
    } catch (error) {
      if (!(error instanceof TurnEnded)) throw error
    }
    stream()
    watched.reply.raw.write('data: [DONE]\n\n')
  })
}

/** True for the snapshot of a session in which no turn runs, or, for a message, in which none will: it is refused, or older than the snapshot. */
function isOver({ type, session, messages }: SessionEvent, messageId: string | undefined): boolean {
  if (type !== 'snapshot') return false
  if (messageId === undefined) return session?.turnId === undefined
  const message = messages?.find((one) => one.messageId === messageId)
  return message === undefined || message.delivery === 'refused'
}

function turnOf(event: SessionEvent, messageId: string | undefined): string | undefined {
  if (event.type === 'snapshot') {
    if (messageId === undefined) return event.session?.turnId
    return event.messages?.find((one) => one.messageId === messageId)?.turnId
  }
  return messageId !== undefined && event.messageId === messageId ? event.turnId : undefined
}
