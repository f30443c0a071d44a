import { CLOSE_CODES } from '@alkdev/contracts/wire'
import type { ResponseEnvelope } from '@alkdev/operations'
import { connectionTarget } from './wire/connection-target.ts'
import type { OpenSocket, SocketEnd } from './wire/frame-socket.ts'
import type { Items } from './wire/items.ts'
import type { CallOptions } from './wire/outgoing-calls.ts'
import { Connection } from './wire/connection.ts'

export interface OpenOptions {
  /** The hub: `http://host:3000`, `ws://host:3001` or the whole `wss://host/ws`. */
  readonly hub: string
  readonly key: string
  /** Aborts the opening. */
  readonly signal?: AbortSignal
  /** How the socket is opened; default: the `ws` package, or in a browser its WebSocket. */
  readonly openSocket?: OpenSocket
}

interface Connected {
  readonly connection: Connection
  readonly closed: Promise<SocketEnd>
  readonly draining: Promise<void>
}

/** A connection that only calls. It does not reconnect: when it ends, calls reject and `closed` resolves. */
export class ClientConnection implements AsyncDisposable {
  readonly #connection: Connection
  /** Resolves when the socket has ended, for any reason. */
  readonly closed: Promise<SocketEnd>
  /**
   * Resolves when this instance of the hub is about to stop: open another connection for new calls. Calls in flight are still
   * answered; when none is left the hub closes this connection. Never resolves when the socket ends without that.
   */
  readonly draining: Promise<void>

  protected constructor({ connection, closed, draining }: Connected) {
    this.#connection = connection
    this.closed = closed
    this.draining = draining
  }

  protected static async connect(options: OpenOptions, openSocket: OpenSocket): Promise<Connected> {
    const target = connectionTarget(options.hub, options.key)
    const { promise, resolve } = Promise.withResolvers<SocketEnd>()
    const draining = Promise.withResolvers<void>()
    const signal = options.signal ?? new AbortController().signal
    const connection = await Connection.open(
      options.openSocket ?? openSocket,
      { ...target, signal },
      {
        // A client offers no operations.
        onCall: () => false,
        onDraining: () => draining.resolve(),
        onConfirmed: () => {},
        onEnd: resolve,
      },
    )
    return { connection, closed: promise, draining: draining.promise }
  }

  get open(): boolean {
    return this.#connection.open
  }

  /** Calls a query or mutation; resolves with the data. Rejects with CodedError. */
  async call<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.request(operationId, input, options)).data as T
  }

  /** As `call`, with the whole envelope: `meta.callId` is the hub's id of the call. */
  request(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<ResponseEnvelope> {
    return this.#connection.calls.call(operationId, input, options)
  }

  /** The items of a subscription, read with `for await`. */
  subscribe<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Items<T> {
    return this.#connection.calls.subscribe(operationId, input, options, ({ data }) => data as T)
  }

  /** Closes the connection; waits at most 1.5 s for the close frame of the hub. */
  async close(): Promise<void> {
    this.#connection.close(CLOSE_CODES.DONE, 'done')
    await this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
