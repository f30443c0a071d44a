import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import { calledFrom } from '@alkdev/service'
import type { IdentityWatcher, StreamLimit } from '@alkdev/service'
import type { McpHttpHandler } from '@modelcontextprotocol/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { checkOrigin } from './check-origin.ts'
import type { OriginRules } from './check-origin.ts'
import { messagesIn } from './messages.ts'
import { requestBody } from './request-body.ts'
import { RunningRequests } from './running-requests.ts'

/** Milliseconds that the calls of a request have to be answered when its key has ended. */
const ANSWER_MS = 1000
const MAX_SESSION_LENGTH = 256

export interface McpRouteInput {
  readonly live: IdentityWatcher
  readonly handler: McpHttpHandler
  /** For calls that may be silent for longer than proxies wait. */
  readonly streamHandler: McpHttpHandler
  readonly origins: OriginRules
  /** Aborted when the process ends. */
  readonly stopping: AbortSignal
  readonly streams: StreamLimit
}

/**
 * `/mcp`: hands each request to the protocol with who it is from. Leaving aborts what it started, and so does a notification that a
 * request is cancelled. A key that is revoked ends its calls with an error.
 */
export function addMcp(app: HttpApp, input: McpRouteInput): void {
  const running = new RunningRequests()
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    handler: (request, reply) => serve(input, running, request, reply),
  })
}

async function serve(
  { live, handler, streamHandler, origins, stopping, streams }: McpRouteInput,
  running: RunningRequests,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  checkOrigin(request.headers, origins)
  const { authenticated, identity } = request
  const left = new AbortController()
  const closing: (() => void)[] = []
  reply.raw.once('close', () => {
    for (const close of closing) close()
    if (!reply.raw.writableFinished) left.abort(new CodedError('ABORTED', 'The client left.'))
  })
  const keyEnded = new AbortController()
  closing.push(
    live.watch({
      authenticated,
      end(reason) {
        keyEnded.abort(reason)
        // The calls of the request are answered with the reason first; what has no answer is cut.
        const timer = setTimeout(() => left.abort(reason), ANSWER_MS)
        closing.push(() => clearTimeout(timer))
      },
    }),
  )
  await live.confirm(identity)
  const bytes = request.body as Buffer | undefined
  const { body, tooDeep } = bytes === undefined ? { tooDeep: false } : requestBody(bytes)
  const messages = messagesIn(request.method === 'POST' ? body : undefined)
  if (messages.listens) closing.push(streams.enter(identity))
  const from = { keyId: identity.keyId ?? identity.id, session: sessionOf(request) }
  for (const requestId of messages.cancelled) running.cancel({ ...from, requestId })
  for (const requestId of messages.requests)
    closing.push(
      running.add({ ...from, requestId }, () =>
        left.abort(new CodedError('ABORTED', 'The client cancelled the request.')),
      ),
    )
  const webRequest = new Request(addressOf(request), {
    method: request.method,
    headers: headersOf(request),
    signal: AbortSignal.any([left.signal, stopping]),
    ...(body !== undefined && request.method === 'POST' && { body }),
  })
  const response = await (messages.takesLong ? streamHandler : handler).fetch(webRequest, {
    authInfo: {
      token: '',
      clientId: identity.id,
      scopes: [...identity.scopes],
      extra: {
        authenticated,
        keyEnded: keyEnded.signal,
        tooDeep,
        from: calledFrom(request.ip, request.headers['user-agent']),
      },
    },
  })
  reply.code(response.status)
  for (const [name, value] of response.headers) reply.header(name, value)
  // Nothing is kept for a session. It tells the requests of a client from those of others with the same key, and brings its cancellations
  // to the instance that runs the request.
  if (messages.initializes && response.ok) reply.header('mcp-session-id', randomUUID())
  return response.body ? reply.send(Readable.fromWeb(response.body)) : reply.send('')
}

function sessionOf({ headers }: FastifyRequest): string | undefined {
  const session = headers['mcp-session-id']
  return typeof session === 'string' ? session.slice(0, MAX_SESSION_LENGTH) : undefined
}

function addressOf({ host, url }: FastifyRequest): string {
  const address = `http://${host}${url}`
  if (URL.canParse(address)) return address
  throw new CodedError('VALIDATION_ERROR', 'The host and the address make no valid URL.')
}

/** The key itself stays here: the protocol side needs only who it is. */
function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name === 'authorization' || name === 'x-api-key') continue
    if (name === 'content-length' || name === 'connection') continue
    headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  // The protocol looks for the two types by name.
  if (headers.get('accept')?.includes('*/*') ?? true)
    headers.set('accept', 'application/json, text/event-stream')
  return headers
}
