import type { IncomingHttpHeaders } from 'node:http'
import type { InstanceInfo } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { dropBody, onClosed } from '@alkdev/http'
import { CallError } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import { bodyStream, bodyTooLarge, bytesToRead, readBody } from './forwarded-body.ts'
import type { ForwardedBody } from './forwarded-body.ts'
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

function sessionOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value.length <= 256 ? value : undefined
}

function lost(cause: unknown): CallError {
  return new CallError(
    'PROVIDER_LOST',
    'The service closed the connection before it answered.',
    { outcome: 'unknown' },
    { cause },
  )
}

export interface ForwardTo {
  readonly upstreams: Upstreams
  readonly service: ServiceName
  /** Bytes of a body; beyond it PAYLOAD_TOO_LARGE. */
  readonly mostBytes: number
}

/**
 * Forwards a request to a live instance of a service and its answer back, both chunk by chunk. Only the sockets buffer
 * data, so a slow side slows the other. A client that disconnects ends the request upstream. An instance that can't be
 * reached is skipped. As long as no answer has started, an error is sent by `reply`: PAYLOAD_TOO_LARGE for a body of more than `mostBytes`,
 * PROVIDER_UNAVAILABLE, PROVIDER_LOST. An answer that has started can only be cut off, so that the client sees that it is incomplete.
 */
export function forwardRequest(to: ForwardTo, request: FastifyRequest, reply: FastifyReply): void {
  new Forwarding(to, request, reply).start()
}

/**
 * One request on its way. It takes the events of undici's parser itself: streams, signals and promises of `agent.request` would cost a third of the
 * relay. Undici calls `onRequestStart` before it writes the first byte, and `onResponseError` at most once, after which it calls nothing.
 */
class Forwarding implements Dispatcher.DispatchHandler {
  readonly #to: ForwardTo
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #session: string | undefined
  #body: ForwardedBody = null
  #instance: InstanceInfo | undefined
  /** The instances after the first one. */
  #others: AsyncGenerator<InstanceInfo, void> | undefined
  /** Of a request of which undici has begun to write. */
  #controller: Dispatcher.DispatchController | undefined
  /** Bytes that the answer still lacks; NaN when its length is unknown. */
  #left = Number.NaN
  /** The client has left, or has got an error. */
  #isOver = false

  constructor(to: ForwardTo, request: FastifyRequest, reply: FastifyReply) {
    this.#to = to
    this.#request = request
    this.#reply = reply
    this.#session = sessionOf(request.headers[SESSION_HEADER])
  }

  start(): void {
    const { raw } = this.#request
    const { mostBytes } = this.#to
    if (Number(raw.headers['content-length'] ?? 0) > mostBytes)
      return this.#fail(bodyTooLarge(mostBytes))
    onClosed(this.#reply.raw, () => this.#onClosed())
    if (this.#isOver) return undefined
    const length = bytesToRead(raw)
    if (length === 0) return this.#sendToFirst(null)
    if (length === undefined) return this.#sendToFirst(() => bodyStream(raw, mostBytes))
    return readBody(
      raw,
      length,
      (body) => this.#sendToFirst(body),
      (error) => this.#fail(error),
    )
  }

  #sendToFirst(body: ForwardedBody): void {
    if (this.#isOver) return
    const { upstreams, service } = this.#to
    this.#body = body
    try {
      const first = upstreams.first(service, this.#session)
      if (first === undefined) void this.#sendToNext(undefined)
      else this.#send(first)
    } catch (error) {
      // When the body came in pieces, no caller would catch it.
      this.#fail(CodedError.from(error))
    }
  }

  /** Sends the request to an instance that was not tried. `cause`: why it did not reach the one before. Never rejects. */
  async #sendToNext(cause: unknown): Promise<void> {
    const { upstreams, service } = this.#to
    try {
      this.#others ??= upstreams.candidates(
        service,
        this.#session,
        this.#instance === undefined ? [] : [this.#instance.instanceId],
      )
      const next = await this.#others.next()
      if (this.#isOver) return
      if (next.done !== true) return this.#send(next.value)
    } catch (error) {
      return this.#fail(CodedError.from(error))
    }
    const error = new CallError(
      'PROVIDER_UNAVAILABLE',
      `No ${service} can be reached now.`,
      undefined,
      { cause, retryAfterMs: 1000 },
    )
    this.#fail(error)
  }

  #send(instance: InstanceInfo): void {
    const request = this.#request
    const body = this.#body
    this.#instance = instance
    const options = {
      origin: this.#to.upstreams.originOf(instance),
      path: request.raw.url ?? '/',
      method: request.method,
      headers: upstreamHeaders(request),
      body: typeof body === 'function' ? body() : body,
    }
    // What it throws, such as an invalid path, comes to `onResponseError`.
    this.#to.upstreams.agent.dispatch(options, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) this.#abort()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // An interim answer; the final one follows.
    if (status < 200) return
    const session = sessionOf(headers[SESSION_HEADER])
    if (session !== undefined && this.#instance !== undefined)
      this.#to.upstreams.remember(session, this.#instance.instanceId)
    const { raw } = this.#reply
    raw.writeHead(status, downstreamHeaders(headers, this.#reply.getHeaders()))
    this.#reply.hijack()
    const length = headers['content-length']
    if (length !== undefined) {
      // These headers go out with the first piece.
      this.#left = Number(length)
      return
    }
    // A stream may have no piece for long. One that came with the headers goes out with them.
    const { socket } = raw
    socket?.cork()
    raw.flushHeaders()
    process.nextTick(() => socket?.uncork())
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    const { raw } = this.#reply
    this.#left -= piece.length
    if (this.#left === 0) {
      raw.end(piece)
      return
    }
    if (raw.write(piece)) return
    controller.pause()
    raw.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    const { raw } = this.#reply
    if (!raw.writableEnded) raw.end()
    // An instance that refuses a request answers before it has the body.
    dropBody(this.#request.raw)
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#isOver) return
    const { code } = error as { code?: unknown }
    if (this.#controller === undefined && NOT_CONNECTED.has(code)) void this.#sendToNext(error)
    else this.#fail(error instanceof CodedError ? error : lost(error))
  }

  #fail(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    const { raw } = this.#reply
    if (raw.headersSent) {
      raw.destroy()
      return
    }
    // The rest of the body will not come: the connection is of no more use.
    if (CodedError.from(error).code === 'TIMEOUT') this.#reply.header('connection', 'close')
    this.#reply.send(error)
  }

  #onClosed(): void {
    if (this.#reply.raw.writableFinished) return
    this.#isOver = true
    this.#abort()
  }

  #abort(): void {
    this.#controller?.abort(new Error('The client disconnected.'))
  }
}
