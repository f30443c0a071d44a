import { Readable } from 'node:stream'
import { hopDepth, HOPS_HEADER, isTraceparent } from '@alkdev/contracts'
import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { calledFrom } from '@alkdev/service'
import type { RateLimiter, StreamLimit } from '@alkdev/service'
import { sharedNow } from '@alkdev/std'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ClientAnswers } from '../legacy/client-answers.ts'
import { newSessionId } from '../legacy/session-id.ts'
import type { Asking, Caller, Outcome } from '../protocol/caller.ts'
import type { CallerUses } from '../protocol/caller-uses.ts'
import type { Endpoint } from '../protocol/endpoint.ts'
import { UnreadReports } from '../protocol/unread-reports.ts'
import { listenStream } from './listen-stream.ts'
import { originCheck } from './origin-check.ts'
import type { OriginRules } from './origin-check.ts'
import { messagesIn } from './messages.ts'
import { refusedMessage } from './refused-message.ts'
import { requestBody } from './request-body.ts'
import { OpenRequests, RequestEnd } from './request-end.ts'
import { RunningRequests } from './running-requests.ts'

/** The status of a request of 2026-07-28 that has ended before its answer, as the SDK gives it. An older one gets a stream without a message. */
const CLIENT_CLOSED = 499
const MAX_SESSION_LENGTH = 256
/** Longer times do not fit into one timer. */
const MAX_TIMER_MS = 86_400_000

export interface McpAddress {
  readonly path: string
  readonly endpoint: Endpoint
  /** The changes that clients before 2026-07-28 receive in a stream that they open with GET. Default: none, and GET gets 405. */
  readonly changes?: AddressChanges
}

export interface AddressChanges {
  /** False for a caller that receives nothing, who gets no stream. */
  hasAny(identity: Identity): boolean
  /** Writes the stream until the client leaves or the signal aborts. */
  stream(reply: FastifyReply, caller: Caller, ending: AbortSignal): Promise<void>
}

export interface McpRouteInput extends McpAddress {
  readonly uses: Pick<CallerUses, 'confirmed' | 'isToken' | 'watch'>
  readonly answers: ClientAnswers
  readonly origins: OriginRules
  /** Aborted when the process ends. */
  readonly stopping: AbortSignal
  /** Aborted when the process begins to stop: streams of changes end, and their clients open them at another instance. */
  readonly draining: AbortSignal
  readonly streams: StreamLimit
  readonly limiter: Pick<RateLimiter, 'bucketsOf' | 'giveBack' | 'refuse' | 'take'>
}

/**
 * An address of MCP: passes each request with its caller to the protocol. A client that disconnects aborts its calls, and so does a notification that
 * a request is cancelled. A key that is revoked ends its calls with an error.
 */
export function addMcp(app: HttpApp, input: McpRouteInput): void {
  const running = new RunningRequests()
  const checkOrigin = originCheck(input.origins)
  const given = { ...input, addressOf: addressReader(), open: new OpenRequests(input.stopping) }
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: input.path,
    onSend(request, reply, payload, next) {
      const refusal = refusedMessage(request, reply, payload)
      if (refusal === undefined) return next()
      reply.header('content-type', 'application/json')
      return next(null, refusal)
    },
    handler(request, reply) {
      checkOrigin(request.headers)
      return serve(given, running, request, reply)
    },
  })
}

interface Served extends McpRouteInput {
  readonly addressOf: (request: FastifyRequest) => string
  readonly open: OpenRequests
}

async function serve(
  { addressOf, uses, endpoint, answers, open, draining, streams, limiter, changes }: Served,
  running: RunningRequests,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // Without changes to report there is no stream: one of the SDK would stay open, be counted for no key, and hold up a stop.
  const hasStream = changes?.hasAny(request.authenticated.identity) === true
  if (request.method === 'GET' && !hasStream)
    return reply.code(405).header('allow', 'POST, DELETE').send('')
  const end = new RequestEnd(reply)
  // A stream of changes ends earlier, when the instance begins to stop.
  end.atClose(open.add(end))
  end.atClose(uses.watch({ authenticated: request.authenticated, end: end.endKey }))
  if (uses.isToken(request.authenticated)) end.atClose(atExpiry(request.authenticated, end.endKey))
  const confirmed = uses.confirmed(request.authenticated)
  const authenticated = confirmed instanceof Promise ? await confirmed : confirmed
  const { identity } = authenticated
  const bytes = request.body as Buffer | undefined
  const body = bytes && requestBody(bytes)
  const messages = messagesIn(request.method === 'POST' ? body?.text : undefined)
  // The first one was counted as the HTTP request.
  if (messages.requests.length > 1)
    await countFurther(limiter, authenticated, messages.requests.length - 1)
  const isStream = request.method === 'GET' && takesEvents(request)
  if (isStream || messages.listens !== undefined) end.atClose(streams.enter(identity))
  const keyId = identity.keyId ?? identity.id
  const session = sessionOf(request)
  const from = { keyId, session }
  for (const requestId of messages.cancelled) running.cancel({ ...from, requestId })
  for (const answer of messages.answers) await answers.give(from, answer)
  if (messages.answers.length > 0 && messages.requests.length === 0) return reply.code(202).send('')
  for (const requestId of messages.requests)
    end.atClose(
      running.add({ ...from, requestId }, () => end.leave('The client cancelled the request.')),
    )
  const asking: Asking = {
    authenticated,
    tooDeep: body?.tooDeep === true,
    depth: hopDepth(request.headers[HOPS_HEADER]),
    from: calledFrom(request.ip, request.headers['user-agent']),
    session,
    traceparent: traceOf(request),
    ...(messages.listens !== undefined && {
      watches: messages.listens.uris,
      unread: new UnreadReports(),
    }),
  }
  end.signal.throwIfAborted()
  const address = addressOf(request)
  const plain =
    request.method === 'POST' && !messages.takesLong
      ? endpoint.plainCall(request.headers, messages.body, asking)
      : undefined
  let ran: Caller['ran']
  if (plain !== undefined) {
    end.asPlain()
    const given = await endpoint.call(plain, asking, end)
    if (given.kind === 'answer')
      return reply.header('content-type', 'application/json').serializer(asItIs).send(given.text)
    if (given.kind === 'ended')
      return plain.isModern
        ? reply.code(CLIENT_CLOSED).send('')
        : reply.header('content-type', 'text/event-stream').send('')
    ran = once(given.outcome)
  }
  const caller: Caller = {
    ...asking,
    keyEnded: end.keyEnded,
    ...(ran !== undefined && { ran }),
  }
  if (isStream && changes !== undefined) {
    await changes.stream(reply, caller, AbortSignal.any([end.signal, draining]))
    return reply
  }
  const webRequest = new Request(address, {
    method: request.method,
    headers: headersOf(request),
    signal: end.signal,
    ...(body !== undefined && request.method === 'POST' && { body: body.bytes() }),
  })
  const response = await endpoint.fetch({
    request: webRequest,
    caller,
    body: messages.body,
    takesLong: messages.takesLong,
  })
  reply.code(response.status)
  for (const [name, value] of response.headers) reply.header(name, value)
  // The id distinguishes clients with the same key, holds what the client can do, and lets proxies send the messages of one client to
  // one instance.
  if (messages.initializes !== undefined && response.ok)
    reply.header('mcp-session-id', newSessionId(messages.initializes.capabilities))
  if (response.body === null) return reply.send('')
  const { listens } = messages
  const isEvents = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (listens === undefined || asking.unread === undefined || !isEvents)
    return reply.send(Readable.fromWeb(response.body))
  const stream = { id: listens.id, unread: asking.unread, draining }
  return reply.send(listenStream(response.body, stream))
}

/** Counts the further requests of a body like requests of their own. Throws RATE_LIMITED; then none of them runs, and none is counted. */
async function countFurther(
  limiter: McpRouteInput['limiter'],
  authenticated: Authenticated,
  count: number,
): Promise<void> {
  let day = 0
  for (let left = count; left > 0;) {
    // oxlint-disable no-await-in-loop -- nearly always once
    const state = await limiter.take(authenticated, left)
    if (state === undefined) return
    if (state.refusedBy !== undefined) {
      await limiter.giveBack(limiter.bucketsOf(authenticated), count - left, day)
      throw limiter.refuse(state.refusedBy)
    }
    // oxlint-enable no-await-in-loop
    left -= state.granted
    day = state.day
  }
}

/** Calls `end` when the token expires, until the returned function is called. The ends of keys are watched elsewhere. */
function atExpiry(
  { expiresAtMs = Infinity }: Authenticated,
  end: (reason: CallError) => void,
): () => void {
  let timer: NodeJS.Timeout
  const wait = (): void => {
    const left = Math.max(1, Math.min(expiresAtMs - sharedNow(), MAX_TIMER_MS))
    timer = setTimeout(() => {
      if (sharedNow() < expiresAtMs) wait()
      else end(new CallError('UNAUTHENTICATED', 'The token has expired.'))
    }, left).unref()
  }
  wait()
  return () => clearTimeout(timer)
}

/** Also a client that takes everything: the SDK would open a stream for it that reports nothing and is counted for no key. */
function takesEvents({ headers: { accept = '*/*' } }: FastifyRequest): boolean {
  return ['text/event-stream', 'text/*', '*/*'].some((type) => accept.includes(type))
}

/** Without a serializer, Fastify would name a character set that JSON does not have. */
function asItIs(payload: unknown): string {
  return payload as string
}

/** The SDK of older revisions runs a call again when the client has answered a question. */
function once(outcome: Outcome): NonNullable<Caller['ran']> {
  let left: Outcome | undefined = outcome
  return {
    take() {
      const taken = left
      left = undefined
      return taken
    },
  }
}

/** Where traces are on, the header has the span of the request. */
function traceOf({ headers }: FastifyRequest): string | undefined {
  const { traceparent } = headers
  return typeof traceparent === 'string' && isTraceparent(traceparent) ? traceparent : undefined
}

function sessionOf({ headers }: FastifyRequest): string | undefined {
  const session = headers['mcp-session-id']
  return typeof session === 'string' ? session.slice(0, MAX_SESSION_LENGTH) : undefined
}

/** The URL of each request. Throws VALIDATION_ERROR for a host that makes none; most requests name the same host as the one before. */
function addressReader(): (request: FastifyRequest) => string {
  let valid: string | undefined
  return ({ host, url }) => {
    const address = `http://${host}${url}`
    if ((host !== valid || !url.startsWith('/')) && !URL.canParse(address))
      throw new CodedError('VALIDATION_ERROR', 'The host and the address make no valid URL.')
    valid = host
    return address
  }
}

/** The key itself is not passed on: the protocol side needs only the identity. */
function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name === 'authorization' || name === 'x-api-key') continue
    if (name === 'content-length' || name === 'connection') continue
    headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  // The protocol checks for both types by name.
  if (headers.get('accept')?.includes('*/*') ?? true)
    headers.set('accept', 'application/json, text/event-stream')
  return headers
}
