import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { AbstractConnector } from 'ioredis'
import type { RedisOptions } from 'ioredis'

const DISCONNECT_TIMEOUT_MS = 2000

/**
 * Connects to `host` and `port` over TLS, as ioredis does. ioredis 5.11 listens for the first error of a socket alone, and Node may report a second
 * one, for example an alert of the server after its certificate was refused: without a listener that ends the process.
 */
export class TlsConnector extends AbstractConnector {
  readonly #options: RedisOptions

  /** `options`: RedisOptions. The type of ioredis says unknown. */
  constructor(options: unknown) {
    const given = options as RedisOptions
    super(given.disconnectTimeout ?? DISCONNECT_TIMEOUT_MS)
    this.#options = given
  }

  connect(): Promise<TLSSocket> {
    const { host, port, family, tls } = this.#options
    this.connecting = true
    return new Promise((resolve, reject) => {
      process.nextTick(() => {
        // The text by which ioredis knows that the connection was closed meanwhile.
        if (!this.connecting) return reject(new Error('Connection is closed.'))
        try {
          const socket = connect({
            ...(host !== undefined && { host }),
            ...(port !== undefined && { port }),
            ...(family !== undefined && family !== 0 && { family }),
            ...tls,
          })
          socket.on('error', (error: Error) => {
            this.firstError ??= error
          })
          this.stream = socket
          resolve(socket)
        } catch (error) {
          reject(error)
        }
        return undefined
      })
    })
  }
}
