/** A socket with a heartbeat. */
export interface Beating {
  /** `performance.now()` of the last frame or pong. */
  seenAt: number
  /** Sends a ping. */
  ping(): void
  /** Silent for longer than allowed. */
  silent(): void
}

/** Rounds in one heartbeat: each pings a part of the sockets and checks all. */
const ROUNDS = 4

/**
 * Pings every socket once in `heartbeatMs` and closes those silent for `missedHeartbeats` of them, at most a quarter of a heartbeat
 * later. One timer for all. After a pause of this process no socket is closed: frames that arrived meanwhile are still unread.
 */
export class Heartbeat {
  readonly #rounds: readonly Set<Beating>[] = Array.from({ length: ROUNDS }, () => new Set())
  readonly #heartbeatMs: number
  readonly #longestMs: number
  readonly #timer: NodeJS.Timeout
  #round = 0
  #next = 0
  #lookedAt = performance.now()

  constructor(heartbeatMs: number, missedHeartbeats: number) {
    this.#heartbeatMs = heartbeatMs
    this.#longestMs = heartbeatMs * missedHeartbeats
    this.#timer = setInterval(() => this.#look(), Math.max(10, heartbeatMs / ROUNDS))
    this.#timer.unref()
  }

  add(socket: Beating): void {
    this.#rounds[this.#next]?.add(socket)
    this.#next = (this.#next + 1) % ROUNDS
  }

  delete(socket: Beating): void {
    for (const round of this.#rounds) if (round.delete(socket)) return
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const stoodStill = now - this.#lookedAt > this.#heartbeatMs
    this.#lookedAt = now
    this.#round = (this.#round + 1) % ROUNDS
    for (const [at, sockets] of this.#rounds.entries()) {
      for (const socket of sockets) {
        if (stoodStill) socket.seenAt = now
        else if (now - socket.seenAt > this.#longestMs) socket.silent()
        if (at === this.#round) socket.ping()
      }
    }
  }
}
