import { CodedError } from '@alkdev/errors'
import type { CallOptions, HubConnection, Items, OpenOptions } from '@alkdev/spoke'
import type {
  CallableId,
  CallArguments,
  ErrorsOf,
  InputOf,
  OutputOf,
  StreamId,
} from './operation-types.ts'

/** What a client needs of a connection; those of Node and of browsers have it. */
type Connection = Pick<
  HubConnection,
  'open' | 'closed' | 'draining' | 'call' | 'subscribe' | 'close'
>

export interface ClientOptions {
  /** The hub: `https://hub.example`, or `ws://host:3001`. */
  readonly hub: string
  /** API key with the scopes of the operations that are called. */
  readonly key: string
  /** Milliseconds for opening a connection. Default 10,000. */
  readonly connectTimeoutMs?: number
}

export interface FoundOperation {
  readonly operationId: string
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly title?: string
  readonly description: string
}

interface Page {
  readonly items: FoundOperation[]
  readonly nextCursor?: string
}

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Calls the operations of a hub over one WebSocket. It is opened at the first call and again at the first call after it was lost or the hub
 * asked to leave it. A call whose connection is lost rejects with PROVIDER_LOST (`details.outcome` says what is known); nothing is
 * repeated by itself.
 */
export class ClientCore<Ops extends object> implements AsyncDisposable {
  readonly #options: ClientOptions
  readonly #open: (options: OpenOptions) => Promise<Connection>
  #current: Promise<Connection> | undefined
  readonly #leaving = new Set<Connection>()
  #closed = false

  protected constructor(
    options: ClientOptions,
    open: (options: OpenOptions) => Promise<Connection>,
  ) {
    this.#options = options
    this.#open = open
  }

  /** Calls a query or mutation; resolves with its data. Rejects with CodedError. */
  async call<Id extends CallableId<Ops>>(
    operationId: Id,
    ...[input, options]: CallArguments<InputOf<Ops, Id>, CallOptions>
  ): Promise<OutputOf<Ops, Id>> {
    const connection = await this.#connection()
    return connection.call<OutputOf<Ops, Id>>(operationId, input ?? {}, options ?? {})
  }

  /** The items of a subscription. Reading slowly slows the producer; leaving the loop aborts the call. */
  async *subscribe<Id extends StreamId<Ops>>(
    operationId: Id,
    ...[input, options]: CallArguments<InputOf<Ops, Id>, CallOptions>
  ): AsyncGenerator<OutputOf<Ops, Id>, void, undefined> {
    const connection = await this.#connection()
    const items: Items<OutputOf<Ops, Id>> = connection.subscribe(
      operationId,
      input ?? {},
      options ?? {},
    )
    yield* items
  }

  /** The operations that fit the words, best first; `limit` is 1 to 200. Only what the key may use is found. */
  async search(
    query: string,
    options: { readonly limit?: number } = {},
  ): Promise<FoundOperation[]> {
    const connection = await this.#connection()
    const { items } = await connection.call<Page>('hub.search', { query, ...options })
    return items
  }

  /** Every operation that the key may use, read page by page. */
  async *list(): AsyncGenerator<FoundOperation, void, undefined> {
    let cursor: string | undefined
    do {
      const connection = await this.#connection()
      const page: Page = await connection.call<Page>('hub.list', {
        limit: 200,
        ...(cursor !== undefined && { cursor }),
      })
      yield* page.items
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }

  /** Whether an error is that one of the operation's declared errors, and then with typed details. */
  isError<Id extends keyof Ops & string, Code extends keyof ErrorsOf<Ops, Id> & string>(
    _operationId: Id,
    error: unknown,
    code: Code,
  ): error is CodedError & { readonly code: Code; readonly details: ErrorsOf<Ops, Id>[Code] } {
    return error instanceof CodedError && error.code === code
  }

  /** Closes the connection. Calls in flight reject; later ones do, too. */
  async close(): Promise<void> {
    this.#closed = true
    const current = await this.#current?.catch(() => undefined)
    const open = current === undefined ? [...this.#leaving] : [current, ...this.#leaving]
    await Promise.all(open.map((connection) => connection.close()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The open connection, or a new one; callers at the same time wait for the same one. */
  async #connection(): Promise<Connection> {
    this.#requireUnclosed()
    const current = (this.#current ??= this.#connect())
    const connection = await current
    if (connection.open) return connection
    // It was lost, and its `closed` has not been handled yet.
    this.#requireUnclosed()
    if (this.#current === current) this.#current = this.#connect()
    return (this.#current ??= this.#connect())
  }

  #requireUnclosed(): void {
    if (this.#closed) throw new CodedError('ABORTED', 'The client was closed.')
  }

  #connect(): Promise<Connection> {
    const { hub, key, connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options
    const attempt = this.#open({ hub, key, signal: AbortSignal.timeout(connectTimeoutMs) })
    const forget = (): void => {
      if (this.#current === opened) this.#current = undefined
    }
    const opened = attempt.then(
      (connection) => {
        void connection.closed.then(() => {
          this.#leaving.delete(connection)
          forget()
        })
        // Calls in flight end there; new ones go to another connection.
        void connection.draining.then(() => {
          this.#leaving.add(connection)
          forget()
        })
        return connection
      },
      (error: unknown) => {
        forget()
        throw error
      },
    )
    return opened
  }
}
