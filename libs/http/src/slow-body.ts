import type { IncomingMessage } from 'node:http'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from './app.ts'
import { hasBody } from './drop-body.ts'

const LOOKS = 4

/** A body that has not arrived whole. */
interface OpenBody {
  readonly request: IncomingMessage
  /** Bytes of the connection at the last look. */
  seen: number
  /** Looks in a row without a new byte. */
  quiet: number
}

/** The hub itself has not read on: what has arrived fills the buffer. */
function isHeldBack(request: IncomingMessage): boolean {
  return request.readableLength >= request.readableHighWaterMark
}

/**
 * The bodies of an app that are still arriving, all looked at by one timer. The timer runs while there are any, and stops at the look
 * that finds none, so that a request has no timer of its own.
 */
export class OpenBodies {
  readonly #open = new Set<OpenBody>()
  readonly #idleMs: number
  readonly #onIdle: (request: IncomingMessage) => void
  #timer: NodeJS.Timeout | undefined

  /** Calls `onIdle` once for each body that brings no byte for `idleMs`, and at most a quarter of that later. */
  constructor(idleMs: number, onIdle: (request: IncomingMessage) => void) {
    this.#idleMs = idleMs
    this.#onIdle = onIdle
  }

  /** Watches the body of a request until it has arrived whole or the connection is gone. */
  add(request: IncomingMessage): void {
    const body: OpenBody = { request, seen: request.socket.bytesRead, quiet: 0 }
    this.#open.add(body)
    request.once('close', () => this.#open.delete(body))
    this.#timer ??= setInterval(() => this.#look(), this.#idleMs / LOOKS).unref()
  }

  /** Stops the timer. */
  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#open.clear()
  }

  #look(): void {
    if (this.#open.size === 0) return this.close()
    for (const body of this.#open) {
      const { request } = body
      const { bytesRead } = request.socket
      if (request.complete || request.destroyed) {
        this.#open.delete(body)
        continue
      }
      body.quiet = bytesRead === body.seen && !isHeldBack(request) ? body.quiet + 1 : 0
      body.seen = bytesRead
      if (body.quiet < LOOKS) continue
      this.#open.delete(body)
      this.#onIdle(request)
    }
    return undefined
  }
}

/** Ends requests whose body stops arriving for `idleMs` milliseconds: TIMEOUT with status 408. */
export function addBodyTimeout(app: HttpApp, idleMs: number): void {
  const bodies = new OpenBodies(idleMs, (request) => {
    const error = new CodedError('TIMEOUT', `No byte of the body came for ${idleMs} ms.`)
    // Ends the reader of the body with this error. A body without a reader blocks nothing.
    if (request.listenerCount('error') > 0)
      request.emit('error', Object.assign(error, { statusCode: 408, httpStatus: 408 }))
  })
  app.addHook('onRequest', (request, _reply, next) => {
    const { raw } = request
    if (hasBody(raw) && !raw.complete) bodies.add(raw)
    next()
  })
  app.addHook('onClose', (_app, done) => {
    bodies.close()
    done()
  })
}
