import { ClientConnection } from './hub-connection.ts'
import type { OpenOptions } from './hub-connection.ts'
import { openBrowserSocket } from './wire/browser-socket.ts'

/** A connection that only calls, over the WebSocket of the platform. Imports nothing of Node. */
export class HubConnection extends ClientConnection {
  /**
   * Opens the socket, 10 s at most. Rejects with CodedError PROVIDER_UNAVAILABLE (also for a refused key) or VALIDATION_ERROR (no URL, no
   * key).
   */
  static async open(options: OpenOptions): Promise<HubConnection> {
    return new HubConnection(await ClientConnection.connect(options, openBrowserSocket))
  }
}

export { CodedError } from '@alkdev/errors'
export type { OpenOptions } from './hub-connection.ts'
export type { FrameSocket, OpenSocket, SocketEnd, SocketEvents } from './wire/frame-socket.ts'
export type { Items } from './wire/items.ts'
export type { CallOptions } from './wire/outgoing-calls.ts'
