import { DEFAULT_LIMITS, SUBPROTOCOL } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { WebSocket } from 'ws'
import type { FrameSocket, OpenSocket } from './frame-socket.ts'

const handshakeTimeoutMs = 10_000

/** Opens a socket with the `ws` package. The key travels in the Authorization header. */
export const openWsSocket: OpenSocket = ({ url, key, signal }) => {
  const { promise, resolve, reject } = Promise.withResolvers<FrameSocket>()
  const socket = new WebSocket(url, SUBPROTOCOL, {
    headers: { authorization: `Bearer ${key}` },
    maxPayload: DEFAULT_LIMITS.maxFrameBytes,
    perMessageDeflate: false,
    handshakeTimeout: handshakeTimeoutMs,
  })
  const onAbort = (): void => socket.terminate()
  signal.addEventListener('abort', onAbort, { once: true })
  const port: FrameSocket = {
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    send(text) {
      if (socket.readyState !== WebSocket.OPEN) return false
      socket.send(text)
      return true
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    onText: () => {},
    onAlive: () => {},
    onEnd: () => {},
  }
  socket.once('unexpected-response', (_request, response) => {
    response.resume()
    reject(refusal(response.statusCode ?? 0))
    socket.terminate()
  })
  socket.on('error', (cause) => {
    reject(new CallError('PROVIDER_UNAVAILABLE', 'The hub can not be reached.', { cause }))
  })
  socket.once('open', () => resolve(port))
  socket.on('message', (data, binary) => {
    if (!binary) port.onText((data as Buffer).toString('utf8'))
  })
  socket.on('ping', () => port.onAlive())
  socket.once('close', (code, reason) => {
    signal.removeEventListener('abort', onAbort)
    reject(new CallError('PROVIDER_UNAVAILABLE', 'The hub closed the connection.'))
    port.onEnd({ code, reason: reason.toString() })
  })
  return promise
}

function refusal(status: number): CallError {
  if (status === 401) return new CallError('UNAUTHENTICATED', 'The hub refuses the key.')
  if (status === 403)
    return new CallError('ACCESS_DENIED', 'The key may not open a socket on this hub.')
  return new CallError('PROVIDER_UNAVAILABLE', `The hub answered ${status} instead of a socket.`)
}
