import type { SpokeLog } from './incoming/incoming-calls.ts'
import type { SpokeOptions } from './options.ts'
import { openInThread, SocketThreadError } from './thread/socket-thread.ts'
import type { OpenSocket } from './wire/frame-socket.ts'
import { openWsSocket } from './wire/ws-socket.ts'

/** How a spoke opens its sockets. Where the thread can't be had (a bundle without its file) the main thread has to do, and is said to. */
export function openerOf(options: SpokeOptions, log: SpokeLog): OpenSocket {
  if (options.openSocket) return options.openSocket
  if (options.thread === 'main') return openWsSocket
  let open = openInThread()
  return async (target) => {
    try {
      return await open(target)
    } catch (error) {
      if (!(error instanceof SocketThreadError)) throw error
      log('warn', `${error.message} The socket lives on the main thread instead.`, error.cause)
      open = openWsSocket
      return open(target)
    }
  }
}
