import type { Connection } from './connection.ts'

interface PendingClose {
  readonly code: number
  readonly reason: string
  /** `performance.now()` at which it is closed as it is. */
  readonly until: number
  readonly idle: () => boolean
}

const SWEEP_MS = 20

/** Sockets that are closed as soon as nothing is in flight on them. Runs only while there are such. */
export class CloseWhenIdle {
  readonly #waiting = new Map<Connection, PendingClose>()
  #timer: NodeJS.Timeout | undefined

  /** Closes the socket when `idle` says so, after `withinMs` as it is. The first farewell of a socket counts. */
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
