import { RESPONSIVE_FRAME } from '@alkdev/contracts/wire'
import type { SocketEnd } from '../wire/frame-socket.ts'
import type { WsSocket } from '../wire/ws-socket.ts'
import type { FromThread, ThreadLimits, ToThread } from './messages.ts'

/** The thread's side of one socket: keeps both directions within their limits. */
export class Relay {
  readonly #tell: (message: FromThread) => void
  readonly #limits: ThreadLimits
  #socket: WsSocket | undefined
  #timer: NodeJS.Timeout | undefined
  #unread = 0
  #paused = false
  #given = 0
  #reporting = false
  #turnedAt = performance.now()
  #checkedAt = performance.now()
  #ended = false
  /** The hub was notified that the main thread is blocked. */
  #reportedBlocked = false

  constructor(tell: (message: FromThread) => void, limits: ThreadLimits) {
    this.#tell = tell
    this.#limits = limits
  }

  open(socket: WsSocket): void {
    if (this.#ended) return
    this.#tell({ is: 'open' })
    this.#socket = socket
    this.#turnedAt = performance.now()
    this.#checkedAt = this.#turnedAt
    this.#timer = setInterval(() => this.#check(), this.#limits.checkMs)
  }

  end(end: SocketEnd): void {
    this.#ended = true
    clearInterval(this.#timer)
    this.#socket = undefined
    this.#tell({ is: 'end', ...end })
  }

  terminate(): void {
    this.#socket?.terminate()
  }

  /** From the network to the main thread. */
  pass(text: string): void {
    this.#tell(text)
    this.#unread += text.length
    if (this.#paused || this.#unread <= this.#limits.mostUnreadBytes) return
    this.#paused = true
    this.#socket?.pause()
  }

  /** From the main thread. */
  take(message: ToThread): void {
    this.#turnedAt = performance.now()
    if (this.#reportedBlocked) this.#reportResponsive(true, 0)
    if (typeof message === 'string') return this.#send(message)
    switch (message.do) {
      case 'close':
        this.#resume()
        this.#socket?.close(message.code, message.reason)
        return
      case 'terminate':
        return this.terminate()
      case 'confirm':
        this.#socket?.confirm()
        return
      case 'read':
        this.#unread -= message.bytes
        if (this.#unread <= this.#limits.mostUnreadBytes / 2) this.#resume()
    }
  }

  #send(text: string): void {
    // Frames after the end are lost with the socket, as frames in transit always are.
    if (this.#socket?.send(text) !== true) return
    this.#given += Buffer.byteLength(text)
    this.#report()
  }

  /** Reports the sent bytes to the main thread, once for all frames of a turn. */
  #report(): void {
    if (this.#reporting) return
    this.#reporting = true
    setImmediate(() => {
      this.#reporting = false
      const gone = this.#given - (this.#socket?.bufferedBytes ?? 0)
      if (gone <= 0) return
      this.#given -= gone
      this.#tell({ is: 'written', bytes: gone })
    })
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket?.resume()
  }

  #reportResponsive(responsive: boolean, blockedMs: number): void {
    this.#reportedBlocked = !responsive
    const payload = { responsive, blockedMs: Math.round(blockedMs), timestamp: Date.now() }
    this.#socket?.send(JSON.stringify({ type: RESPONSIVE_FRAME, id: '', payload }))
  }

  #check(): void {
    const socket = this.#socket
    if (!socket) return
    const now = performance.now()
    // This thread did not run either (a stopped process, a suspended machine): the main thread could not respond.
    if (now - this.#checkedAt > this.#limits.checkMs * 2) this.#turnedAt = now
    this.#checkedAt = now
    const blockedMs = now - this.#turnedAt
    if (blockedMs > this.#limits.maxBlockedMs) return socket.terminate()
    if (blockedMs > this.#limits.reportBlockedMs && !this.#reportedBlocked)
      this.#reportResponsive(false, blockedMs)
    if (this.#given > 0) this.#report()
    // The hub's pings are unread behind the frames that the main thread has not taken yet.
    if (this.#paused) socket.pong()
    this.#tell({ is: 'there?' })
  }
}
