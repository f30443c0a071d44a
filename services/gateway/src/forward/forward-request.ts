import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { InstanceInfo } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { downstreamHeaders, upstreamHeaders } from './forwarded-headers.ts'
import type { Upstreams } from './upstreams.ts'

const SESSION_HEADER = 'mcp-session-id'
/** Nothing was sent: the next instance may be tried. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

function bodyTooLarge(mostBytes: number): CallError {
  return new CallError('PAYLOAD_TOO_LARGE', `The body is over the limit of ${mostBytes} bytes.`)
}

/**
 * The body chunk by chunk, untouched until it is read: an instance that can't be reached must not consume it. Throws
 * PAYLOAD_TOO_LARGE beyond `mostBytes`.
 */
async function* piecesOf({ raw }: FastifyRequest, mostBytes: number): AsyncGenerator<Buffer, void> {
  let bytes = 0
  // The connection stays open when the body is not read to its end: the refusal is sent on it.
  for await (const piece of raw.iterator({ destroyOnReturn: false })) {
    bytes += (piece as Buffer).length
    if (bytes > mostBytes) throw bodyTooLarge(mostBytes)
    yield piece as Buffer
  }
}

function sessionOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value.length <= 256 ? value : undefined
}

interface Forwarded {
  readonly request: FastifyRequest
  readonly mostBytes: number
}

async function ask(
  upstreams: Upstreams,
  { url }: InstanceInfo,
  { request, mostBytes }: Forwarded,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return upstreams.agent.request({
    origin: new URL(url).origin,
    path: request.raw.url ?? '/',
    method: request.method,
    headers: upstreamHeaders(request),
    body: hasBody(request)
      ? Readable.from(piecesOf(request, mostBytes), { objectMode: false })
      : null,
    signal,
  })
}

async function firstAnswer(
  upstreams: Upstreams,
  service: ServiceName,
  forwarded: Forwarded,
  signal: AbortSignal,
): Promise<{ readonly instance: InstanceInfo; readonly answer: Dispatcher.ResponseData }> {
  const session = sessionOf(forwarded.request.headers[SESSION_HEADER])
  let cause: unknown
  for await (const instance of upstreams.candidates(service, session)) {
    try {
      return { instance, answer: await ask(upstreams, instance, forwarded, signal) }
    } catch (error) {
      cause = error
      if (error instanceof CallError) throw error
      if (signal.aborted || !NOT_CONNECTED.has((error as { code?: unknown }).code))
        throw lost(error)
    }
  }
  throw new CallError('PROVIDER_UNAVAILABLE', `No ${service} can be reached now.`, undefined, {
    cause,
    retryAfterMs: 1000,
  })
}

function lost(cause: unknown): CallError {
  return new CallError(
    'PROVIDER_LOST',
    'The service closed the connection before it answered.',
    { outcome: 'unknown' },
    { cause },
  )
}

/**
 * Forwards a request to a live instance of a service and its answer back, both chunk by chunk. Only the sockets buffer
 * data, so a slow side slows the other. A client that disconnects ends the request upstream. An instance that can't be
 * reached is skipped. Throws PAYLOAD_TOO_LARGE for a body of more than `mostBytes`, PROVIDER_UNAVAILABLE or PROVIDER_LOST as long as no
 * answer has started.
 */
export async function forwardRequest(
  upstreams: Upstreams,
  service: ServiceName,
  request: FastifyRequest,
  reply: FastifyReply,
  mostBytes: number,
): Promise<void> {
  const { raw } = reply
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
    reply.header('connection', 'close')
    throw bodyTooLarge(mostBytes)
  }
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new Error('the client disconnected'))
  })
  const { instance, answer } = await firstAnswer(
    upstreams,
    service,
    { request, mostBytes },
    gone.signal,
  ).catch((error: unknown) => {
    // The rest of the body is not read.
    if (!request.raw.complete) reply.header('connection', 'close')
    throw error
  })
  const session = sessionOf(answer.headers[SESSION_HEADER])
  if (session !== undefined) upstreams.remember(session, instance.instanceId)
  reply.hijack()
  raw.writeHead(answer.statusCode, {
    ...(reply.getHeaders() as Record<string, string>),
    ...downstreamHeaders(answer.headers),
  })
  // A stream shows its first chunk late when its headers wait for it.
  raw.flushHeaders()
  try {
    await pipeline(answer.body, raw)
  } catch {
    // A partial answer can only be cut off, so that the client sees that it is incomplete.
    raw.destroy()
  }
}
