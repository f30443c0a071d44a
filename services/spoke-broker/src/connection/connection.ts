import type { calledFrom } from '@alkdev/service'
import type { Socket } from 'node:net'
import { CLOSE_CODES, RESPONSIVE_FRAME } from '@alkdev/contracts'
import type { Authenticated } from '@alkdev/contracts'
import { CallError, readCallFrame, validationError } from '@alkdev/operations'
import type { CallFrame, Identity } from '@alkdev/operations'
import type { WebSocket } from 'ws'
import type { BrokerEvents } from '../events.ts'
import { errorPayload, frameText, tooDeep } from './frame-text.ts'
import { blockedSince } from './responsive-frame.ts'
import type { Beating, Heartbeat } from './heartbeat.ts'

/** The handlers of one socket's frames. */
export interface ConnectionHandlers {
  /** No call is in flight on the socket. */
  readonly idle: boolean
  onFrame(frame: CallFrame, bytes: number): void
  onClosed(code: number, reason: string): void
}

export interface ConnectionOptions {
  /** The TCP socket: one write for all frames that a turn of the event loop sends. */
  readonly tcpSocket: Socket
  readonly from: ReturnType<typeof calledFrom>
  /** The gateway that relays it, as that gateway reports. */
  readonly relay: string | undefined
  readonly authenticated: Authenticated
  readonly heartbeat: Heartbeat
  /** Bytes waiting to be sent beyond which the socket is closed as overloaded. */
  readonly maxBufferedBytes: number
  readonly events: BrokerEvents
}

/**
 * Milliseconds that a peer has to close, and in which what it still sends is read and dropped. A connection that is closed before is reset, and a
 * peer that still sends may lose the close frame with it.
 */
export const CLOSING_MS = 5000
/** The same for a peer that does not read or does not answer: what waits for it is held as long. */
const TERMINATE_MS = 1000

/**
 * One open socket: parses frames, and closes a peer that is silent, sends invalid frames or does not read. Its identity is that of the
 * key at the upgrade.
 */
export class Connection implements Beating {
  readonly socket: WebSocket
  /** The result of the last check of its key. */
  authenticated: Authenticated
  /** The origin of the connection, as metadata of its calls; statements of the peer do not count. */
  readonly from: ReturnType<typeof calledFrom>
  /** The gateway that relays it. */
  readonly relay: string | undefined
  seenAt = performance.now()
  /** The time since which the peer's program takes no frames, from its socket thread (`performance.now()`); undefined while it does. */
  blockedSince: number | undefined
  /** True once `hub.draining` was sent: its spoke attaches again before this attachment is replaced. */
  askedToMove = false
  // Copied one by one: the options hold the request of the upgrade, which must not be kept as long as the socket.
  readonly #tcpSocket: Socket
  readonly #heartbeat: Heartbeat
  readonly #maxBufferedBytes: number
  readonly #events: BrokerEvents
  #handlers: ConnectionHandlers | undefined
  readonly #onEnd: (() => void)[] = []
  #closed = false
  #corked = false

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.socket = socket
    this.authenticated = options.authenticated
    this.from = options.from
    this.relay = options.relay
    this.#tcpSocket = options.tcpSocket
    this.#heartbeat = options.heartbeat
    this.#maxBufferedBytes = options.maxBufferedBytes
    this.#events = options.events
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary))
    socket.on('pong', () => {
      this.seenAt = performance.now()
    })
    // An error is always followed by `close`.
    socket.on('error', () => undefined)
    socket.on('close', (code, reason) => this.#end(code, reason.toString()))
    options.heartbeat.add(this)
  }

  /** Sets the handlers of the frames. Call it once, in the turn of the event loop that made the connection: no frame arrives before. */
  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }

  get identity(): Identity {
    return this.authenticated.identity
  }

  /** No call is in flight. */
  get idle(): boolean {
    return this.#handlers?.idle ?? true
  }

  get open(): boolean {
    return !this.#closed && this.socket.readyState === 1
  }

  /** Runs once when the socket has ended; at once when it has ended already. */
  onEnd(work: () => void): void {
    if (this.#closed) work()
    else this.#onEnd.push(work)
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount
  }

  /** False when the socket is closing or closed: then the frame was not sent. Throws CallError EXECUTION_ERROR for a frame that can't be written as JSON; then nothing was sent either. */
  send(type: string, id: string, payload: object): boolean {
    if (!this.open) return false
    const text = frameText({ type, id, payload })
    if (!this.#corked) this.#cork()
    if (!this.#write(text)) return false
    // A peer that does not read must not fill the memory of this process.
    if (this.socket.bufferedAmount > this.#maxBufferedBytes)
      this.cut(CLOSE_CODES.OVERLOADED, 'the peer does not read')
    return true
  }

  /** A socket that throws counts as broken, and its end is reported to the handlers. */
  #write(text: string): boolean {
    try {
      this.socket.send(text)
      return true
    } catch {
      this.cut(CLOSE_CODES.SILENT, 'a frame could not be sent')
      return false
    }
  }

  /** Never throws: details that can't be written as JSON are left out. */
  sendError(requestId: string, error: CallError, ownCallId?: string): boolean {
    return this.send('call.error', requestId, errorPayload(requestId, error, ownCallId))
  }

  /** The peer should attach to another instance; this socket stays for calls in flight. */
  askToMove(reconnectAfterMs: number): void {
    if (this.askedToMove) return
    this.askedToMove = true
    this.send('hub.draining', '', { reconnectAfterMs, timestamp: Date.now() })
  }

  close(code: number, reason: string): void {
    if (this.socket.readyState <= 1) this.socket.close(code, reason)
  }

  /** Closes the socket without waiting for the peer, and reports its end at once, with `code`. */
  cut(code: number, reason: string): void {
    this.close(code, reason)
    this.#end(code, reason)
    if (code === CLOSE_CODES.OVERLOADED || code === CLOSE_CODES.SILENT)
      setTimeout(() => this.socket.terminate(), TERMINATE_MS).unref()
  }

  ping(): void {
    if (!this.open) return
    // First what corks the TCP socket, so that both are one write.
    this.send('hub.alive', '', { timestamp: Date.now() })
    this.socket.ping()
  }

  silent(): void {
    this.cut(CLOSE_CODES.SILENT, 'no sign of life')
  }

  #cork(): void {
    this.#corked = true
    this.#tcpSocket.cork()
    process.nextTick(this.#uncork)
  }

  readonly #uncork = (): void => {
    this.#corked = false
    this.#tcpSocket.uncork()
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#heartbeat.delete(this)
    this.#events.closed(code)
    for (const work of this.#onEnd) work()
    this.#handlers?.onClosed(code, reason)
  }

  #receive(data: Buffer, binary: boolean): void {
    if (this.#closed) return
    this.seenAt = performance.now()
    if (binary) return this.#bad('', 'Frames are text, this one is binary.')
    const read = readCallFrame(data.toString('utf8'))
    switch (read.kind) {
      case 'frame':
        return this.#frame(read.frame, data.length)
      case 'deep':
        return this.#deep(read.frame, data.length)
      case 'other':
        if (read.type !== RESPONSIVE_FRAME) return this.#events.strayFrame('unknown')
        this.blockedSince = blockedSince(data)
        return
      case 'text':
        return this.#bad('', 'The frame is not valid JSON.')
      default: {
        const { requestId = '', path, message, type } = read.fault
        if (type !== undefined && type !== 'call.requested' && type !== 'call.credit')
          return this.#badEnd(type, requestId, `${path} ${message}.`, data.length)
        return this.#bad(requestId, `${path === '' ? 'The frame' : path} ${message}.`)
      }
    }
  }

  /** `id` and `payload.requestId` must be equal: a call for which they differ is refused, and any other such frame is a bad frame. */
  #frame(frame: CallFrame, bytes: number): void {
    const { requestId } = frame.payload
    if (frame.id === requestId) return this.#handlers?.onFrame(frame, bytes)
    const message = 'must be the requestId of the payload'
    if (frame.type !== 'call.requested') return this.#bad(requestId, `/id ${message}.`)
    this.#events.strayFrame('other id')
    const error = validationError('The frame', [{ path: '/id', message }])
    return void this.sendError(requestId, error)
  }

  /** A frame nested too deeply ends its call; the socket stays open. */
  #deep(frame: CallFrame, bytes: number): void {
    const { requestId } = frame.payload
    this.#events.strayFrame('deep')
    if (frame.type === 'call.requested')
      return void this.sendError(requestId, new CallError('VALIDATION_ERROR', tooDeep('request')))
    // A spoke that streams must stop.
    if (frame.type === 'call.responded')
      this.send('call.aborted', requestId, { requestId, reason: tooDeep('answer') })
    const payload = { requestId, code: 'EXECUTION_ERROR', message: tooDeep('answer') }
    return this.#handlers?.onFrame({ type: 'call.error', id: requestId, payload }, bytes)
  }

  /** A faulty answer, or a second end of a call, fails that call; the socket stays open. */
  #badEnd(type: string, requestId: string, fault: string, bytes: number): void {
    this.#events.strayFrame('faulty')
    const message = `The spoke sent a ${type} that is not valid: ${fault}`
    // A spoke that streams must stop.
    if (type === 'call.responded')
      this.send('call.aborted', requestId, { requestId, reason: message, timestamp: Date.now() })
    const payload = { requestId, code: 'EXECUTION_ERROR', message, timestamp: Date.now() }
    this.#handlers?.onFrame({ type: 'call.error', id: requestId, payload }, bytes)
  }

  #bad(requestId: string, message: string): void {
    this.#events.badFrame(message)
    this.sendError(requestId, new CallError('VALIDATION_ERROR', message))
    this.close(CLOSE_CODES.BAD_FRAME, 'bad frame')
  }
}
