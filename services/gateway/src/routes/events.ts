import type { Authenticated } from '@alkdev/contracts'
import { openEventStream, problemOf } from '@alkdev/http'
import type { EventStream, HttpApp } from '@alkdev/http'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { maySee } from '../events/hub-event.ts'
import type { TopicFilter } from '../events/topics.ts'
import { parseTopics } from '../events/topics.ts'
import { readQuery } from './read-query.ts'

const EVENTS = 'events'

/** A stream filters by the rights that its key had at its start. When those change it ends, and the client resumes with the new ones. */
function sameRights(a: Authenticated, b: Authenticated): boolean {
  const rights = ({ identity, accessLevel }: Authenticated): string =>
    JSON.stringify([identity.scopes, identity.orgIds, accessLevel])
  return rights(a) === rights(b)
}

interface Follow {
  readonly context: GatewayContext
  readonly stream: EventStream
  readonly identity: Identity
  readonly isAdmin: boolean
  readonly wanted: TopicFilter
  readonly after: string
  readonly signal: AbortSignal
}

async function follow({
  context,
  stream,
  identity,
  isAdmin,
  wanted,
  after,
  signal,
}: Follow): Promise<void> {
  for await (const event of context.feed.read(after, signal)) {
    if (!wanted(event) || !maySee(event, identity, isAdmin)) continue
    const held = context.runtime.live.hold(identity, signal)
    if (held !== undefined) {
      // Rejects with the error that ended the stream.
      await held.catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (signal.aborted) return
    }
    const { id, type, subject, payload } = event
    await stream.send({ id, data: { type, id: subject, payload } })
  }
}

/**
 * `GET /api/events`: hub events that the caller may see, as server-sent events from whose ids a client can resume with
 * `Last-Event-ID`. When that id is no longer stored, `reset` comes first. A stream ends with `error` when the gateway drains or the
 * key ends.
 */
export function addEvents(app: HttpApp, context: GatewayContext): void {
  app.get('/api/events', async (request, reply) => {
    const { authenticated, identity } = request
    const query = readQuery(request.query, ['topics'])
    const wanted = parseTopics(query.text('topics').topics)
    const lastId = request.headers['last-event-id']
    const { after, lost } = await context.feed
      .resume(typeof lastId === 'string' ? lastId : undefined)
      .catch((error: unknown) => {
        throw new CallError('UNAVAILABLE', 'The event stream cannot be read now.', undefined, {
          cause: error,
        })
      })
    const leave = context.streams.enter(identity)
    const active = context.calls.begin(request.id, EVENTS, authenticated, (now) =>
      sameRights(authenticated, now),
    )
    const isAdmin = authenticated.accessLevel === 'admin'
    const stream = openEventStream(reply)
    const signal = AbortSignal.any([stream.signal, active.signal, context.runtime.draining])
    try {
      if (lost) await stream.send({ event: 'reset', data: { after } })
      await follow({ context, stream, identity, isAdmin, wanted, after, signal })
      if (!stream.signal.aborted) {
        const reason: unknown = signal.reason
        await stream.send({ event: 'error', data: problemOf(reason, request.id) })
      }
    } catch (error) {
      const failure = new CallError(
        'UNAVAILABLE',
        'The event stream failed; request it again.',
        undefined,
        {
          cause: error,
        },
      )
      await stream.send({ event: 'error', data: problemOf(failure, request.id) })
    } finally {
      leave()
      context.calls.end(active)
      stream.end()
    }
    return reply
  })
}
