import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'

/** A server that takes a request and then fails takes longer than one that had closed the connection already. */
const MAX_MS = 1000
/** How a write to a connection fails that the other side has closed: its end arrives, or a reset. */
const CLOSED: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** Connections that have carried a whole answer. */
const used = new WeakSet<Socket>()
/** Takes the socket of the request whose head is written next, in the same turn of the loop. */
let starting: ((socket: Socket) => void) | undefined
let isListening = false

/**
 * A dispatcher that sends a request over `kept`, and once more over `fresh` when it met a connection that the server had just closed: the
 * connection had carried an answer before, it ended within a second of the request, and no byte of an answer came. `fresh` keeps no
 * connections, so the second request cannot meet another one. Requests whose body is a stream are sent once.
 */
export function repeatOnStaleConnection(kept: Dispatcher, fresh: Dispatcher): Dispatcher {
  listen()
  return kept.compose((dispatch) => (options, handler) => {
    const { body } = options
    const mayRepeat = body === undefined || body === null || isBytes(body)
    if (!mayRepeat) return dispatch(options, handler)
    return dispatch(options, new FirstTry(handler, () => fresh.dispatch(options, handler)))
  })
}

function isBytes(body: unknown): boolean {
  return typeof body === 'string' || body instanceof Uint8Array
}

/** undici names the socket of a request right after its handler has started. */
function listen(): void {
  if (isListening) return
  isListening = true
  subscribe('undici:client:sendHeaders', (message) => {
    const { socket } = message as { readonly socket: Socket }
    starting?.(socket)
    starting = undefined
  })
}

/** Passes everything on, but for the failure of a connection that was closed before the request. */
class FirstTry implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #repeat: () => void
  #socket: Socket | undefined
  #wasUsed = false
  #isAnswered = false
  #sentAt = 0

  constructor(handler: Dispatcher.DispatchHandler, repeat: () => void) {
    this.#handler = handler
    this.#repeat = repeat
  }

  #onSocket(socket: Socket): void {
    this.#socket = socket
    this.#wasUsed = used.has(socket)
    this.#sentAt = performance.now()
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    starting = (socket) => this.#onSocket(socket)
    this.#handler.onRequestStart?.(controller, context)
  }

  onRequestUpgrade(
    ...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onRequestUpgrade']>>
  ): void {
    this.#isAnswered = true
    this.#handler.onRequestUpgrade?.(...args)
  }

  /** The first byte of an answer. */
  onResponseStarted(): void {
    this.#isAnswered = true
    this.#handler.onResponseStarted?.()
  }

  onResponseStart(
    ...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>
  ): void {
    this.#isAnswered = true
    this.#handler.onResponseStart?.(...args)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(
    ...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>
  ): void {
    if (this.#socket !== undefined) used.add(this.#socket)
    this.#handler.onResponseEnd?.(...args)
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    const { code } = error as { readonly code?: unknown }
    const isStale =
      this.#wasUsed &&
      !this.#isAnswered &&
      CLOSED.has(code) &&
      performance.now() - this.#sentAt < MAX_MS
    if (isStale) this.#repeat()
    else this.#handler.onResponseError?.(controller, error)
  }
}
