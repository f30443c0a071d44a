import { ClientConnection } from './hub-connection.ts'
import type { OpenOptions } from './hub-connection.ts'
import { openWsSocket } from './wire/ws-socket.ts'

/** A connection that only calls, over the `ws` package. */
export class HubConnection extends ClientConnection {
  /** Opens the socket, 10 s at most. Rejects with CodedError UNAUTHENTICATED, ACCESS_DENIED, PROVIDER_UNAVAILABLE or VALIDATION_ERROR (no URL, no key). */
  static async open(options: OpenOptions): Promise<HubConnection> {
    return new HubConnection(await ClientConnection.connect(options, openWsSocket))
  }
}
