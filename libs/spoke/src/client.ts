import { CLOSE_CODES } from '@alkdev/contracts'
import type { ResponseEnvelope } from '@alkdev/operations'
import { socketUrl } from './options.ts'
import type { ConnectionOptions } from './options.ts'
import type { CallOptions } from './outgoing-calls.ts'
import { Session } from './session.ts'
import { openWsSocket } from './ws-socket.ts'

/** A connection that only calls. It does not reconnect by itself: when it ends, calls reject and `closed` resolves. */
export class HubConnection implements AsyncDisposable {
  readonly #session: Session
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>

  private constructor(session: Session, closed: HubConnection['closed']) {
    this.#session = session
    this.closed = closed
  }

  /** Opens the socket, 10 s at most. Rejects with CallError UNAUTHENTICATED, ACCESS_DENIED or PROVIDER_UNAVAILABLE. */
  static async open(
    options: ConnectionOptions & { readonly signal?: AbortSignal },
  ): Promise<HubConnection> {
    const { hub, key, openSocket = openWsSocket } = options
    const never = new AbortController()
    const socket = await openSocket({
      url: socketUrl(hub),
      key,
      signal: options.signal ?? never.signal,
    })
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>()
    const ignore = (): void => {}
    const session = new Session(socket, {
      onRequest: ignore,
      onAborted: ignore,
      onCredit: ignore,
      onDraining: ignore,
      onEnd: resolve,
    })
    return new HubConnection(session, promise)
  }

  /** Resolves with the data. Rejects with CallError. */
  async call<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.request(operationId, input, options)).data as T
  }

  request(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<ResponseEnvelope> {
    return this.#session.calls.call(operationId, input, options)
  }

  async *subscribe<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): AsyncGenerator<T, void, unknown> {
    for await (const envelope of this.#session.calls.subscribe(operationId, input, options))
      yield envelope.data as T
  }

  async close(): Promise<void> {
    this.#session.close(CLOSE_CODES.DONE, 'done')
    await this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
