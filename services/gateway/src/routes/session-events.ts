import type { SessionEvent } from '@alkdev/contracts/agents'
import { onClosed, openEventStream, problemOf } from '@alkdev/http'
import type { EventStream, HttpApp } from '@alkdev/http'
import { calledFrom } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayContext } from '../context.ts'

/** Milliseconds between two tries to watch a session again whose coordinator is gone, and how many tries in a row. */
const AGAIN_MS = 500
const MAX_TRIES = 60

/** Codes of a coordinator, or of its database, that another try may find again. */
const PASSING: ReadonlySet<string> = new Set([
  'PROVIDER_LOST',
  'PROVIDER_UNAVAILABLE',
  'UNAVAILABLE',
])

/** A session that is watched for one client. */
export interface WatchedRequest {
  readonly context: GatewayContext
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly sessionId: string
  readonly after: string | undefined
}

/**
 * Gives `onEvent` the events of a session until its end. When the coordinator that gives them is gone, or its database is restarted, they go on after
 * the latest position, and the client notices nothing. Throws what the first call throws, before anything is given.
 */
export async function watchSession(
  { context, request, sessionId, after }: WatchedRequest,
  signal: AbortSignal,
  onEvent: (event: SessionEvent) => Promise<void>,
): Promise<void> {
  const { bus, live } = context.runtime
  const { identity } = request
  let position = after
  for (let tries = 0; ;) {
    const items = bus.subscribe(
      'sessions.watch',
      { sessionId, ...(position !== undefined && { after: position }) },
      {
        principal: identity,
        actor: { kind: 'client', name: identity.id, instanceId: bus.instanceId },
        signal,
        idleTimeoutMs: 86_400_000,
        metadata: calledFrom(request.ip, request.headers['user-agent']),
      },
    )
    try {
      for await (const { envelope } of items) {
        tries = 0
        const held = live.hold(identity, signal)
        if (held !== undefined) await held
        const event = envelope.data as SessionEvent
        await onEvent(event)
        position = event.position
        if (event.type === 'session.ended') return
      }
      return
    } catch (error) {
      const { code } = CallError.from(error)
      const isGone = PASSING.has(code)
      if (signal.aborted || !isGone || position === undefined || ++tries > MAX_TRIES) throw error
      await sleep(AGAIN_MS, signal)
    }
  }
}

/** Answers with a stream of server-sent events for one session; `follow` gives it its events. */
export async function streamSession(
  { context, request, reply }: WatchedRequest,
  headers: Readonly<Record<string, string>>,
  follow: (stream: () => EventStream, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { authenticated, identity } = request
  const leave = context.streams.enter(identity)
  const active = context.calls.begin(request.id, 'sessions.watch', authenticated)
  const leaving = new AbortController()
  onClosed(reply.raw, () => leaving.abort(new CallError('ABORTED', 'The client disconnected.')))
  const signal = AbortSignal.any([leaving.signal, active.signal, context.runtime.draining])
  let stream: EventStream | undefined
  try {
    await follow(() => (stream ??= openEventStream(reply, { headers })), signal)
  } catch (error) {
    if (stream === undefined) throw error
    if (!leaving.signal.aborted)
      await stream.send({ event: 'error', data: problemOf(error, request.id) })
  } finally {
    leave()
    context.calls.end(active)
    stream?.end()
  }
}

/**
 * `GET /api/sessions/{sessionId}/events`: the events of `sessions.watch` as server-sent events whose id is the position; `Last-Event-ID` resumes. The end of
 * the session is the event `completed`; a stream that ends without it was cut.
 */
export function addSessionEvents(app: HttpApp, context: GatewayContext): void {
  app.get<{ Params: { sessionId: string } }>(
    '/api/sessions/:sessionId/events',
    async (request, reply) => {
      const last = request.headers['last-event-id']
      const watched: WatchedRequest = {
        context,
        request,
        reply,
        sessionId: request.params.sessionId,
        after: typeof last === 'string' && last !== '' ? last : undefined,
      }
      await streamSession(watched, {}, async (stream, signal) => {
        await watchSession(watched, signal, (event) =>
          stream().send({ id: event.position, data: event }),
        )
        await stream().send({ event: 'completed', data: {} })
      })
      return reply
    },
  )
}
