import type { Duplex } from 'node:stream'

/** Milliseconds that a client has to read the last bytes and to close. */
const CLOSE_MS = 1000

/**
 * Sends the last bytes to a socket that is no longer HTTP, and closes it whatever its client does. `end()` alone leaves it open as long as the
 * client does, and after the client has closed it when bytes of the client are left unread.
 */
export function endSocket(socket: Duplex, bytes: string): void {
  const timer = setTimeout(() => socket.destroy(), CLOSE_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.resume()
  socket.end(bytes)
}
