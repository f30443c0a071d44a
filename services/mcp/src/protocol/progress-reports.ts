/** Milliseconds without a report after which a heartbeat is sent. Clients and proxies time out after 60 s of silence. */
const HEARTBEAT_MS = 10_000
/** The progress that a heartbeat adds: less than one item even after hours, because progress may only increase. */
const HEARTBEAT_STEP = 0.0001

/** Sends one report to the client. */
export type SendProgress = (done: number, message: string, total?: number) => Promise<void>

/**
 * Sends the progress of one call to a client that requested it: the reports of the call, and a heartbeat while the call is silent. One
 * timer for each such call, none for the others. Dispose it when the call has ended.
 */
export class ProgressReports implements Disposable {
  readonly #send: SendProgress
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #reported = false
  #done = 0
  #beats = 0

  constructor(send: SendProgress) {
    this.#send = send
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS)
  }

  /** Sends nothing when `done` is not more than before, because progress may only increase. Rejects when the client has left. */
  async report(done: number, message: string, total?: number): Promise<void> {
    if (this.#reported && done <= this.#done + this.#beats * HEARTBEAT_STEP) return
    this.#reported = true
    this.#done = done
    this.#beats = 0
    this.#timer.refresh()
    await (total === undefined ? this.#send(done, message) : this.#send(done, message, total))
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #beat(): Promise<void> {
    this.#beats += 1
    const seconds = Math.round((performance.now() - this.#startedMs) / 1000)
    try {
      await this.#send(this.#done + this.#beats * HEARTBEAT_STEP, `Running for ${seconds} s.`)
    } catch {
      // The client has left; its call ends by the abort of the request.
    }
  }
}
