import type { Connection } from './connection.ts'

interface PendingClose {
  readonly code: number
  readonly reason: string
  /** `performance.now()` at which it is closed even if calls are in flight. */
  readonly until: number
  readonly idle: () => boolean
}

const SWEEP_MS = 20

/** Closes sockets as soon as no call is in flight on them. Its timer runs only while there are such sockets. */
export class CloseWhenIdle {
  readonly #waiting = new Map<Connection, PendingClose>()
  #timer: NodeJS.Timeout | undefined

  /** Closes the socket when `idle` returns true, and after `withinMs` in any case. Only the first request for a socket counts. */
  add(
    connection: Connection,
    options: {
      readonly code: number
      readonly reason: string
      readonly withinMs: number
      readonly idle: () => boolean
    },
  ): void {
    if (this.#waiting.has(connection)) return
    const { code, reason, withinMs, idle } = options
    const until = performance.now() + withinMs
    this.#waiting.set(connection, { code, reason, until, idle })
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS)
    this.#sweep()
  }

  delete(connection: Connection): void {
    if (this.#waiting.delete(connection)) this.#rest()
  }

  #sweep(): void {
    const now = performance.now()
    for (const [connection, { code, reason, until, idle }] of this.#waiting) {
      if (connection.open && !idle() && now < until) continue
      this.#waiting.delete(connection)
      connection.close(code, reason)
    }
    this.#rest()
  }

  #rest(): void {
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
