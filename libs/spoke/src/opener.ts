import type { SpokeLog } from './incoming/incoming-calls.ts'
import type { SpokeOptions } from './options.ts'
import { openInThread, SocketThreadError } from './thread/socket-thread.ts'
import type { OpenSocket } from './wire/frame-socket.ts'
import { openWsSocket } from './wire/ws-socket.ts'

/**
 * Returns the function that opens the sockets of a spoke. If the socket thread cannot be started (a bundle without its file), logs a
 * warning and opens the sockets on the main thread.
 */
export function openerOf(options: SpokeOptions, log: SpokeLog): OpenSocket {
  if (options.openSocket) return options.openSocket
  if (options.thread === 'main') return openWsSocket
  let open = openInThread()
  return async (target) => {
    try {
      return await open(target)
    } catch (error) {
      if (!(error instanceof SocketThreadError)) throw error
      log('warn', `${error.message} The socket runs on the main thread instead.`, error.cause)
      open = openWsSocket
      return open(target)
    }
  }
}
