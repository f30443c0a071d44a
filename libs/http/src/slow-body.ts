import type { IncomingMessage } from 'node:http'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from './app.ts'

const LOOKS = 4

/** The hub itself has not read on: what has arrived fills the buffer. */
function isHeldBack(request: IncomingMessage): boolean {
  return request.readableLength >= request.readableHighWaterMark
}

/** Calls `onIdle` once when a body that has not arrived whole brings no byte for `idleMs`, and at most a quarter of that later. */
function watchBody(request: IncomingMessage, idleMs: number, onIdle: () => void): void {
  let seen = request.socket.bytesRead
  let quiet = 0
  const timer = setInterval(() => {
    if (request.complete || request.destroyed) return clearInterval(timer)
    const { bytesRead } = request.socket
    quiet = bytesRead === seen && !isHeldBack(request) ? quiet + 1 : 0
    seen = bytesRead
    if (quiet < LOOKS) return undefined
    clearInterval(timer)
    return onIdle()
  }, idleMs / LOOKS)
  timer.unref()
  request.once('close', () => clearInterval(timer))
}

/** Ends requests whose body stops arriving for `idleMs` milliseconds: TIMEOUT with status 408. */
export function addBodyTimeout(app: HttpApp, idleMs: number): void {
  app.addHook('onRequest', (request, _reply, next) => {
    const { raw } = request
    const hasBody =
      raw.headers['transfer-encoding'] !== undefined ||
      Number(raw.headers['content-length'] ?? 0) > 0
    if (hasBody && !raw.complete)
      watchBody(raw, idleMs, () => {
        const error = new CodedError('TIMEOUT', `No byte of the body came for ${idleMs} ms.`)
        // Ends the reader of the body with this error. A body that nobody reads holds nothing up.
        if (raw.listenerCount('error') > 0)
          raw.emit('error', Object.assign(error, { statusCode: 408, httpStatus: 408 }))
      })
    next()
  })
}
