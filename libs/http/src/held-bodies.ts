import type { IncomingMessage, ServerResponse } from 'node:http'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from './app.ts'
import { onClosed } from './on-closed.ts'

const RETRY_AFTER_MS = 1000

function overloaded(maxBytes: number): CodedError {
  return new CodedError(
    'OVERLOADED',
    `The bodies of all requests in flight may take ${maxBytes} bytes, which the others use.`,
    {
      retryAfterMs: RETRY_AFTER_MS,
    },
  )
}

/**
 * The bytes of all bodies that an app holds at once. A body counts from its first byte until its answer has ended: with the length that
 * its header says, or, in chunks, with what has arrived.
 */
export class HeldBodies {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Counts the body of a request. Throws OVERLOADED when it does not fit; a body in chunks is ended with that error once it does not. */
  hold(request: IncomingMessage, response: ServerResponse, length: number | undefined): void {
    let held = 0
    let isOver = false
    const take = (bytes: number): boolean => {
      if (isOver || this.#bytes + bytes > this.#maxBytes) return false
      held += bytes
      this.#bytes += bytes
      return true
    }
    if (length !== undefined && !take(length)) throw overloaded(this.#maxBytes)
    onClosed(response, () => {
      isOver = true
      this.#bytes -= held
    })
    if (length !== undefined) return
    // The reader of the body begins in this turn of the loop as well, so it misses no chunk.
    request.on('data', (chunk: Buffer) => {
      if (isOver || take(chunk.length)) return
      isOver = true
      if (request.listenerCount('error') > 0)
        request.emit('error', Object.assign(overloaded(this.#maxBytes), { statusCode: 503 }))
    })
  }
}

/** Methods whose body Fastify does not read. */
const BODYLESS = new Set(['GET', 'HEAD', 'TRACE'])

/**
 * Refuses bodies that would make the sum of those held exceed `maxBytes`: OVERLOADED, 503 with Retry-After. A route that takes the request in its hook
 * `onRequest`, to pass the body on piece by piece, holds none.
 */
export function addHeldBodies(app: HttpApp, maxBytes: number): HeldBodies {
  const bodies = new HeldBodies(maxBytes)
  // Behind authentication, and before the body is read.
  app.addHook('preParsing', (request, reply, _payload, next) => {
    const { routeOptions, raw, headers } = request
    if (BODYLESS.has(raw.method ?? '')) return next()
    const length = Number(headers['content-length'] ?? 0)
    const isChunked = headers['transfer-encoding'] !== undefined
    // What is over the limit of one body is refused unread, for that reason.
    if (!isChunked && !(length > 0 && length <= (routeOptions.bodyLimit ?? Infinity))) return next()
    try {
      bodies.hold(raw, reply.raw, isChunked ? undefined : length)
    } catch (error) {
      return next(error as CodedError)
    }
    return next()
  })
  return bodies
}
