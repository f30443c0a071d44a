import { BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL } from '@alkdev/contracts/wire'
import { CodedError } from '@alkdev/errors'
import { after } from './timer.ts'
import type { FrameSocket, OpenSocket } from './frame-socket.ts'

const handshakeTimeoutMs = 10_000

/** The used part of the standard WebSocket, so that this file does not depend on a platform's types. */
interface PlatformSocket {
  readonly readyState: number
  readonly bufferedAmount: number
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void
  send(text: string): void
  close(code?: number, reason?: string): void
}
type PlatformSocketConstructor = new (url: string, protocols: string[]) => PlatformSocket

/**
 * Opens a socket with the WebSocket of the platform, 10 s at most. The key is sent as a subprotocol, because a page in a browser cannot set
 * headers. A browser does not report why an upgrade was refused, so a bad key is PROVIDER_UNAVAILABLE as well.
 */
export const openBrowserSocket: OpenSocket = async ({ url, key, signal, events }) => {
  signal.throwIfAborted()
  const { WebSocket } = globalThis as unknown as { WebSocket: PlatformSocketConstructor }
  const { promise, resolve, reject } = Promise.withResolvers<FrameSocket>()
  const socket = new WebSocket(url, [SUBPROTOCOL, `${BEARER_SUBPROTOCOL_PREFIX}${key}`])
  let ended = false
  const end = (code: number, reason: string): void => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    signal.removeEventListener('abort', give)
    reject(new CodedError('PROVIDER_UNAVAILABLE', 'The hub cannot be reached, or refuses the key.'))
    events.onEnd({ code, reason })
  }
  // The standard cannot cut a socket, and `close` waits for the other side: the socket counts as ended at once.
  const give = (): void => {
    socket.close()
    end(1006, 'given up')
  }
  const timer = after(handshakeTimeoutMs, give)
  signal.addEventListener('abort', give, { once: true })
  socket.addEventListener('open', () => {
    if (ended) return
    clearTimeout(timer)
    signal.removeEventListener('abort', give)
    resolve({
      get bufferedBytes() {
        return socket.bufferedAmount
      },
      send(text) {
        if (ended || socket.readyState !== 1) return false
        socket.send(text)
        return true
      },
      // 1000 and 3000 to 4999 are the codes that a page may use.
      close: (code, reason) =>
        code === 1000 || code >= 3000 ? socket.close(code, reason) : socket.close(1000, reason),
      terminate: give,
    })
  })
  socket.addEventListener('message', ({ data }) => {
    if (!ended && typeof data === 'string') events.onText(data)
  })
  socket.addEventListener('close', ({ code, reason }) => end(code, reason))
  return promise
}
