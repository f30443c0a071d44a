import { CLOSE_CODES } from '@alkdev/contracts'
import { checkCallFrame } from '@alkdev/operations'
import type { CallRequestedEvent } from '@alkdev/operations'
import type { Frame, FrameSocket, SocketEnd } from './frame-socket.ts'
import { OutgoingCalls } from './outgoing-calls.ts'

export interface SessionEvents {
  onRequest(request: CallRequestedEvent): void
  onAborted(requestId: string, reason: string | undefined): void
  onCredit(requestId: string, credits: number): void
  /** The hub asks to attach elsewhere after so many milliseconds. */
  onDraining(reconnectAfterMs: number): void
  onEnd(end: SocketEnd): void
}

/** Heartbeats that may be missed before the hub counts as gone. */
const mostMissed = 3

/** One socket for as long as it lives: takes frames apart, matches answers to calls, notices a silent hub. */
export class Session {
  readonly calls: OutgoingCalls
  readonly #socket: FrameSocket
  readonly #events: SessionEvents
  #heartbeatMs = 5000
  #lastSign = performance.now()
  #watch: NodeJS.Timeout | undefined
  #ended = false

  constructor(socket: FrameSocket, events: SessionEvents) {
    this.#socket = socket
    this.#events = events
    this.calls = new OutgoingCalls((frame) => this.send(frame))
    socket.onText = (text) => this.#receive(text)
    socket.onAlive = () => (this.#lastSign = performance.now())
    socket.onEnd = (end) => this.#end(end)
    this.#schedule()
  }

  get open(): boolean {
    return !this.#ended
  }

  send(frame: Frame): boolean {
    return !this.#ended && this.#socket.send(JSON.stringify(frame))
  }

  /** The hub pings that often; three misses and it counts as gone. */
  setHeartbeat(ms: number): void {
    this.#heartbeatMs = ms
    this.#lastSign = performance.now()
    this.#schedule()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  #schedule(): void {
    clearInterval(this.#watch)
    let checkedAt = performance.now()
    this.#watch = setInterval(() => {
      const now = performance.now()
      // This process itself stood still (a blocked event loop, a sleeping machine): the pings of that time are still unread.
      if (now - checkedAt > this.#heartbeatMs * 2) this.#lastSign = now
      checkedAt = now
      if (now - this.#lastSign <= this.#heartbeatMs * mostMissed) return
      this.#socket.terminate()
      this.#end({ code: CLOSE_CODES.SILENT, reason: 'the hub is silent' })
    }, this.#heartbeatMs)
    this.#watch.unref()
  }

  #end(end: SocketEnd): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#watch)
    this.calls.lose('The connection to the hub broke off.')
    this.#events.onEnd(end)
  }

  #receive(text: string): void {
    if (this.#ended) return
    this.#lastSign = performance.now()
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return this.close(CLOSE_CODES.BAD_FRAME, 'a frame is no JSON')
    }
    const checked = checkCallFrame(message)
    if (checked.kind === 'fault') return this.close(CLOSE_CODES.BAD_FRAME, 'a frame is malformed')
    if (checked.kind === 'other') {
      if (checked.type === 'hub.draining') {
        const { payload } = message as { payload?: { reconnectAfterMs?: unknown } }
        this.#events.onDraining(Number(payload?.reconnectAfterMs ?? 0) || 0)
      }
      return
    }
    const { type, payload } = checked.frame
    switch (type) {
      case 'call.requested':
        return this.#events.onRequest(payload)
      case 'call.credit':
        return this.#events.onCredit(payload.requestId, payload.credits)
      case 'call.aborted':
        // Either side may abort: a call of ours, or one that the hub gave us.
        if (!this.calls.receive(type, payload))
          this.#events.onAborted(payload.requestId, payload.reason)
        return
      default:
        this.calls.receive(type, payload)
    }
  }
}
