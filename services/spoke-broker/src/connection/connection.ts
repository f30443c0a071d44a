import { CLOSE_CODES } from '@alkdev/contracts'
import { CallError, checkCallFrame } from '@alkdev/operations'
import type { CallFrame, Identity } from '@alkdev/operations'
import type { WebSocket } from 'ws'
import type { BrokerEvents } from '../events.ts'

/** What becomes of the frames of one socket. */
export interface ConnectionHandlers {
  onFrame(frame: CallFrame, bytes: number): void
  onClosed(code: number, reason: string): void
}

export interface ConnectionLimits {
  readonly heartbeatMs: number
  /** Heartbeats without any sign of life after which the socket counts as gone. */
  readonly missedHeartbeats: number
  /** Bytes waiting to be sent beyond which the socket is closed as overloaded. */
  readonly maxBufferedBytes: number
}

/**
 * One open socket. Sends pings and `hub.alive`, closes a peer that is silent, sends nonsense or does not read. Its identity is
 * that of the key at the upgrade.
 */
export class Connection {
  readonly socket: WebSocket
  identity: Identity
  /** True once `hub.draining` was sent: its spoke moves without being displaced. */
  askedToMove = false
  readonly #handlers: ConnectionHandlers
  readonly #limits: ConnectionLimits
  readonly #events: BrokerEvents
  #seenAt = performance.now()
  #timer: NodeJS.Timeout
  #closed = false

  constructor(
    socket: WebSocket,
    identity: Identity,
    limits: ConnectionLimits,
    events: BrokerEvents,
    handlers: (connection: Connection) => ConnectionHandlers,
  ) {
    this.socket = socket
    this.identity = identity
    this.#limits = limits
    this.#events = events
    this.#handlers = handlers(this)
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary))
    socket.on('pong', () => (this.#seenAt = performance.now()))
    // An error is always followed by `close`, which tells everybody.
    socket.on('error', () => undefined)
    socket.on('close', (code, reason) => this.#end(code, reason.toString()))
    this.#timer = setInterval(() => this.#beat(), limits.heartbeatMs)
  }

  get open(): boolean {
    return !this.#closed && this.socket.readyState === 1
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount
  }

  /** False when the socket is closing or closed: then the frame was not sent. */
  send(type: string, id: string, payload: object): boolean {
    if (!this.open) return false
    this.socket.send(JSON.stringify({ type, id, payload }))
    // A peer that does not read must not fill the memory of everybody else's broker.
    if (this.socket.bufferedAmount > this.#limits.maxBufferedBytes)
      this.close(CLOSE_CODES.OVERLOADED, 'the peer does not read')
    return true
  }

  sendError(requestId: string, error: CallError, callId?: string): boolean {
    const payload = {
      requestId,
      ...error.toWire(),
      ...(callId !== undefined && { callId }),
      timestamp: Date.now(),
    }
    return this.send('call.error', requestId, payload)
  }

  close(code: number, reason: string): void {
    if (this.socket.readyState <= 1) this.socket.close(code, reason)
  }

  /** Cuts the socket; its end is told at once, as `code`. */
  cut(code: number, reason: string): void {
    this.close(code, reason)
    this.#end(code, reason)
    // ws waits for the peer's close frame; a frozen one never sends it.
    setTimeout(() => this.socket.terminate(), 1000).unref()
  }

  #beat(): void {
    const silentMs = performance.now() - this.#seenAt
    if (silentMs > this.#limits.heartbeatMs * this.#limits.missedHeartbeats)
      return this.cut(CLOSE_CODES.SILENT, 'no sign of life')
    if (!this.open) return
    this.socket.ping()
    this.send('hub.alive', '', { timestamp: Date.now() })
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    this.#events.closed(code)
    this.#handlers.onClosed(code, reason)
  }

  #receive(data: Buffer, binary: boolean): void {
    if (this.#closed) return
    this.#seenAt = performance.now()
    if (binary) return this.#bad('', 'Frames are text, this one is binary.')
    let message: unknown
    try {
      message = JSON.parse(data.toString('utf8'))
    } catch {
      return this.#bad('', 'The frame is no JSON.')
    }
    const checked = checkCallFrame(message)
    if (checked.kind === 'frame') this.#handlers.onFrame(checked.frame, data.length)
    else if (checked.kind === 'other') this.#events.strayFrame('unknown')
    else {
      const { requestId = '', path, message: text } = checked.fault
      this.#bad(requestId, `${path === '' ? 'The frame' : path} ${text}.`)
    }
  }

  #bad(requestId: string, message: string): void {
    this.#events.badFrame(message)
    this.sendError(requestId, new CallError('VALIDATION_ERROR', message))
    this.close(CLOSE_CODES.BAD_FRAME, 'bad frame')
  }
}
