import type { Duplex } from 'node:stream'
import { REST_MS } from './drop-body.ts'

/**
 * Sends the last bytes to a socket that is no longer HTTP, and closes it whatever its client does. What the client still sends is read and dropped for
 * `restMs` milliseconds at most (5 s): a connection that is closed before is reset, and a client that still sends may lose the last bytes with it. `end()`
 * alone leaves it open as long as the client does, and after the client has closed it when bytes of the client are left unread.
 */
export function endSocket(socket: Duplex, bytes: string | Uint8Array = '', restMs = REST_MS): void {
  const timer = setTimeout(() => socket.destroy(), restMs)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.unpipe()
  socket.resume()
  if (socket.writable) socket.end(bytes)
}
