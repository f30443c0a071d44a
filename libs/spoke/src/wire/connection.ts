import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CLOSE_CODES } from '@alkdev/contracts/wire'
import { CodedError } from '@alkdev/errors'
import { frameOf, frameText } from './frame-text.ts'
import type { Frame, FrameSocket, OpenSocket, SocketEnd } from './frame-socket.ts'
import { OutgoingCalls } from './outgoing-calls.ts'
import { after, inBackground } from './timer.ts'

/** A frame of the call protocol of which only type and requestId were checked. */
export interface CallMessage extends Frame {
  readonly requestId: string
}

export interface ConnectionHandlers {
  /**
   * Gets `call.requested`, and a `call.credit` or `call.aborted` that does not concern an outgoing call. Returns false when the call is
   * unknown.
   */
  onCall(message: CallMessage, connection: Connection): boolean
  /** The hub asks to attach to another instance after this many milliseconds. */
  onDraining(reconnectAfterMs: number): void
  /** Everything sent before the oldest unanswered `confirm` has arrived. */
  onConfirmed(connection: Connection): void
  onEnd(end: SocketEnd, connection: Connection): void
}

/** Heartbeats of the hub that may be missed before it counts as gone. */
const MAX_MISSED_HEARTBEATS = DEFAULT_LIMITS.missedHeartbeats
/** A silent hub is noticed a quarter of a heartbeat later at most. */
const CHECKS_PER_HEARTBEAT = 4
/** The heartbeat interval until the hub has announced its own. */
const firstHeartbeatMs = 5000
/** How long to wait for a hub that does not answer the close frame. */
const farewellMs = 1500
const longestDrainingMs = 60_000
const mostIdLength = 128

/** One socket: parses frames, matches answers to calls, and detects a silent hub. */
export class Connection {
  readonly calls: OutgoingCalls
  /** Frames about calls that are not in flight here: late, or of calls that were never made. */
  strayFrames = 0
  /** Maximum bytes of an answer or input, as announced by the hub at registration. */
  maxPayloadBytes: number = DEFAULT_LIMITS.maxPayloadBytes
  readonly #handlers: ConnectionHandlers
  #socket: FrameSocket | undefined
  #heartbeatMs = firstHeartbeatMs
  #lastHeartbeatAt = performance.now()
  #watch: ReturnType<typeof setInterval> | undefined
  #closeTimer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  private constructor(handlers: ConnectionHandlers) {
    this.#handlers = handlers
    this.calls = new OutgoingCalls((frame) => this.send(frame))
  }

  /** Opens a socket. Rejects as `openSocket` does; `onEnd` is called only for a connection that was open. */
  static async open(
    openSocket: OpenSocket,
    options: { readonly url: string; readonly key: string; readonly signal: AbortSignal },
    handlers: ConnectionHandlers,
  ): Promise<Connection> {
    const connection = new Connection(handlers)
    connection.#socket = await openSocket({
      ...options,
      events: {
        onText: (text) => connection.#receive(text),
        onAlive: () => connection.#alive(),
        onConfirmed: () => connection.#confirmed(),
        onEnd: (end) => connection.#end(end),
      },
    })
    if (connection.#ended)
      throw new CodedError('PROVIDER_UNAVAILABLE', 'The hub closed the connection.')
    connection.#alive()
    connection.#schedule()
    return connection
  }

  get open(): boolean {
    return !this.#ended
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0
  }

  /**
   * False when the socket is closed: then nothing was sent. Throws PAYLOAD_TOO_LARGE, and VALIDATION_ERROR for a value that can't be
   * written as JSON.
   */
  send(frame: Frame): boolean {
    return this.sendText(frameText(frame))
  }

  /** False when the socket is closed. A socket that throws counts as broken: it is closed, and all waiters get an error. */
  sendText(text: string): boolean {
    if (this.#ended) return false
    try {
      return this.#socket?.send(text) === true
    } catch {
      this.terminate(CLOSE_CODES.SILENT, 'a frame could not be sent')
      return false
    }
  }

  /** Requests a call of `onConfirmed`. False where the carrier cannot confirm. */
  confirm(): boolean {
    if (this.#ended || !this.#socket?.confirm) return false
    this.#socket.confirm()
    return true
  }

  /** Sets the interval of the hub's heartbeats; after three missing ones the connection counts as lost. */
  setHeartbeat(ms: number): void {
    this.#heartbeatMs = ms
    this.#alive()
    this.#schedule()
  }

  /** Closes the connection; waits at most 1.5 s for the hub. */
  close(code: number, reason: string): void {
    if (this.#ended || this.#closeTimer !== undefined) return
    this.#closeTimer = after(farewellMs, () => this.terminate(code, reason))
    this.#socket?.close(code, reason)
  }

  terminate(code: number = CLOSE_CODES.SILENT, reason = 'given up'): void {
    this.#end({ code, reason })
    this.#socket?.terminate()
  }

  #schedule(): void {
    clearInterval(this.#watch)
    if (this.#ended) return
    const everyMs = this.#heartbeatMs / CHECKS_PER_HEARTBEAT
    let checkedAt = performance.now()
    this.#watch = setInterval(() => {
      const now = performance.now()
      // This process itself was blocked or suspended: the heartbeats of that time are still unread.
      if (now - checkedAt > this.#heartbeatMs) this.#alive()
      checkedAt = now
      if (now - this.#lastHeartbeatAt > this.#heartbeatMs * MAX_MISSED_HEARTBEATS)
        this.terminate(CLOSE_CODES.SILENT, 'the hub is silent')
    }, everyMs)
    inBackground(this.#watch)
  }

  #alive(): void {
    this.#lastHeartbeatAt = performance.now()
  }

  #confirmed(): void {
    this.#alive()
    if (!this.#ended) this.#handlers.onConfirmed(this)
  }

  #end(end: SocketEnd): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#watch)
    clearTimeout(this.#closeTimer)
    if (!this.#socket) return
    this.calls.lose('The connection to the hub was lost.')
    this.#handlers.onEnd(end, this)
  }

  #receive(text: string): void {
    if (this.#ended) return
    this.#alive()
    const message = frameOf(text)
    if (!message) return this.badFrame()
    const { type, payload } = message
    if (!type.startsWith('call.')) {
      if (type === 'hub.draining') this.#handlers.onDraining(drainingMs(payload))
      return
    }
    const { requestId } = payload
    if (typeof requestId !== 'string' || requestId === '' || requestId.length > mostIdLength)
      return this.badFrame()
    if (!this.#take(message, requestId)) this.strayFrames += 1
  }

  /** The hub sent an invalid frame. */
  badFrame(): void {
    this.close(CLOSE_CODES.BAD_FRAME, 'a frame is malformed')
  }

  #take(message: Frame, requestId: string): boolean {
    const { type, payload } = message
    switch (type) {
      case 'call.responded':
      case 'call.completed':
      case 'call.error':
        return this.calls.receive(type, requestId, payload)
      case 'call.aborted':
        // Either side may abort: an outgoing or an incoming call.
        if (this.calls.receive(type, requestId, payload)) return true
        break
      case 'call.requested':
      case 'call.credit':
        break
      default:
        return true
    }
    return this.#handlers.onCall({ ...message, requestId }, this)
  }
}

function drainingMs(payload: Readonly<Record<string, unknown>>): number {
  const ms = Number(payload['reconnectAfterMs'])
  return ms > 0 ? Math.min(ms, longestDrainingMs) : 0
}
