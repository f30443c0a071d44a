import type { Socket } from 'node:net'
import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { SUBPROTOCOL } from '@alkdev/contracts/wire'
import { CodedError } from '@alkdev/errors'
import { WebSocket } from 'ws'
import type { FrameSocket, OpenSocket } from './frame-socket.ts'

const handshakeTimeoutMs = 10_000
/** Milliseconds that `ws` waits for the other side's close frame before it cuts the connection. */
const closeTimeoutMs = 1000
const longestRetryAfterMs = 60_000

/** A socket of the `ws` package. */
export interface WsSocket extends FrameSocket {
  confirm(): void
  /** Stops reading: frames of the hub stay in the network. */
  pause(): void
  resume(): void
  /** An unsolicited pong: while reading is paused the hub's pings are not seen. */
  pong(): void
}

/** Opens a socket with the `ws` package, 10 s at most. The key travels in the Authorization header. */
export const openWsSocket = async (options: Parameters<OpenSocket>[0]): Promise<WsSocket> => {
  const { url, key, signal, events } = options
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<WsSocket>()
  const settings = {
    headers: { authorization: `Bearer ${key}` },
    maxPayload: DEFAULT_LIMITS.maxFrameBytes,
    perMessageDeflate: false,
    handshakeTimeout: handshakeTimeoutMs,
    // Supported by ws, but missing in its types.
    ...({ closeTimeout: closeTimeoutMs } as object),
  }
  let opened = false
  const socket = new WebSocket(url, SUBPROTOCOL, settings)
  const onAbort = (): void => socket.terminate()
  signal.addEventListener('abort', onAbort, { once: true })
  socket.once('unexpected-response', (_request, response) => {
    response.resume()
    reject(refusal(response.statusCode ?? 0, response.headers['retry-after']))
    socket.terminate()
  })
  socket.on('error', (cause) => {
    reject(new CodedError('PROVIDER_UNAVAILABLE', 'The hub cannot be reached.', { cause }))
  })
  let tcpSocket: Socket | undefined
  socket.once('upgrade', (response) => {
    tcpSocket = response.socket
  })
  socket.once('open', () => {
    signal.removeEventListener('abort', onAbort)
    opened = true
    resolve(portOf(socket, oneWriteATurn(tcpSocket)))
  })
  socket.on('message', (data, binary) => {
    if (!binary) events.onText((data as Buffer).toString('utf8'))
  })
  socket.on('ping', () => events.onAlive())
  socket.on('pong', () => events.onConfirmed())
  socket.once('close', (code, reason) => {
    signal.removeEventListener('abort', onAbort)
    reject(new CodedError('PROVIDER_UNAVAILABLE', 'The hub closed the connection.'))
    if (opened) events.onEnd({ code, reason: reason.toString() })
  })
  return promise
}

interface WriteTurn {
  /** To call before a frame is sent. */
  readonly hold: () => void
  /** Writes the frames that are held. */
  readonly flush: () => void
}

/** Makes all frames of a turn of the event loop one write to the TCP socket. */
function oneWriteATurn(tcpSocket: Socket | undefined): WriteTurn {
  let corked = false
  const flush = (): void => {
    if (!corked) return
    corked = false
    tcpSocket?.uncork()
  }
  const hold = (): void => {
    if (corked) return
    corked = true
    tcpSocket?.cork()
    process.nextTick(flush)
  }
  return { hold, flush }
}

function portOf(socket: WebSocket, { hold, flush }: WriteTurn): WsSocket {
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN
  return {
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    send(text) {
      if (!isOpen()) return false
      hold()
      socket.send(text)
      return true
    },
    confirm: () => isOpen() && socket.ping(),
    close: (code, reason) => socket.close(code, reason),
    terminate() {
      // A socket that is destroyed loses what is held.
      flush()
      socket.terminate()
    },
    pause: () => isOpen() && socket.pause(),
    resume: () => isOpen() && socket.resume(),
    pong: () => isOpen() && socket.pong(),
  }
}

function refusal(status: number, retryAfter: string | undefined): CodedError {
  if (status === 401) return new CodedError('UNAUTHENTICATED', 'The hub refuses the key.')
  if (status === 403)
    return new CodedError('ACCESS_DENIED', 'The key may not open a socket on this hub.')
  const seconds = Number(retryAfter)
  return new CodedError(
    'PROVIDER_UNAVAILABLE',
    `The hub answered ${status} instead of a socket.`,
    seconds > 0 ? { retryAfterMs: Math.min(seconds * 1000, longestRetryAfterMs) } : {},
  )
}
