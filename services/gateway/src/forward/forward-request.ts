import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { InstanceInfo } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import { dropBody, onClosed } from '@alkdev/http'
import { CallError } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { downstreamHeaders, upstreamHeaders } from './forwarded-headers.ts'
import type { Upstreams } from './upstreams.ts'

/** A body up to this many bytes is read before it is sent on, so that it goes out with its headers, in one write. */
const SMALL_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)
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

/** The body of a request: whole when it is small, else piece by piece; null without one. Rejects when it is cut off. */
async function bodyOf(request: FastifyRequest, mostBytes: number): Promise<Body> {
  const { headers, raw } = request
  if (headers['transfer-encoding'] === undefined) {
    const length = Number(headers['content-length'] ?? 0)
    if (length === 0) return null
    if (length <= SMALL_BYTES) return wholeBody(raw)
  }
  return () => Readable.from(piecesOf(request, mostBytes), { objectMode: false })
}

/** Makes another stream for each instance that is tried: one that can't be reached has read nothing of the one before. */
type Body = Buffer | (() => Readable) | null

function wholeBody(raw: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    raw.on('data', (piece: Buffer) => pieces.push(piece))
    raw.once('end', () =>
      resolve(pieces.length === 1 ? (pieces[0] ?? NOTHING) : Buffer.concat(pieces)),
    )
    raw.once('error', reject)
    raw.once('close', () => reject(new Error('The client left before its request was whole.')))
  })
}

function bodyTooLarge(mostBytes: number): CallError {
  return new CallError('PAYLOAD_TOO_LARGE', `The body exceeds the limit of ${mostBytes} bytes.`)
}

/**
 * The body chunk by chunk, untouched until it is read: an instance that can't be reached must not consume it. Throws
 * PAYLOAD_TOO_LARGE beyond `mostBytes`. What is not read of it, after a refusal here or at the instance, is dropped.
 */
async function* piecesOf({ raw }: FastifyRequest, mostBytes: number): AsyncGenerator<Buffer, void> {
  let bytes = 0
  try {
    // The connection stays open when the body is not read to its end: the refusal is sent on it.
    for await (const piece of raw.iterator({ destroyOnReturn: false })) {
      bytes += (piece as Buffer).length
      if (bytes > mostBytes) throw bodyTooLarge(mostBytes)
      yield piece as Buffer
    }
  } finally {
    dropBody(raw)
  }
}

function sessionOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value.length <= 256 ? value : undefined
}

interface Forwarded {
  readonly request: FastifyRequest
  readonly body: Body
}

async function ask(
  upstreams: Upstreams,
  { url }: InstanceInfo,
  { request, body }: Forwarded,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return upstreams.agent.request({
    origin: new URL(url).origin,
    path: request.raw.url ?? '/',
    method: request.method,
    headers: upstreamHeaders(request),
    body: typeof body === 'function' ? body() : body,
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
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw bodyTooLarge(mostBytes)
  const gone = new AbortController()
  onClosed(raw, () => {
    if (!raw.writableFinished) gone.abort(new Error('the client disconnected'))
  })
  const body = await bodyOf(request, mostBytes)
  const { instance, answer } = await firstAnswer(upstreams, service, { request, body }, gone.signal)
  const session = sessionOf(answer.headers[SESSION_HEADER])
  if (session !== undefined) upstreams.remember(session, instance.instanceId)
  reply.hijack()
  raw.writeHead(answer.statusCode, {
    ...(reply.getHeaders() as Record<string, string>),
    ...downstreamHeaders(answer.headers),
  })
  // The headers of an answer of known length go out with its first piece; a stream may have none for long.
  if (answer.headers['content-length'] === undefined) raw.flushHeaders()
  await sendOn(answer.body, raw)
  // An instance that refuses a request answers before it has the body.
  dropBody(request.raw)
}

/** Sends the body of an answer to its end. A partial answer can only be cut off, so that the client sees that it is incomplete. Never rejects. */
function sendOn(body: Readable, raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const cut = (): void => {
      raw.destroy()
      resolve()
    }
    const resume = (): void => void body.resume()
    body.on('data', (piece: Buffer) => {
      if (!raw.write(piece)) body.pause()
    })
    raw.on('drain', resume)
    body.once('end', () => {
      raw.end()
      resolve()
    })
    body.on('error', cut)
    // Destroyed by a client that has left, whose request ends through its signal.
    raw.once('close', resolve)
  })
}
