/** Milliseconds without a report after which one is sent anyway. Clients and proxies give up after 60 s of silence. */
const HEARTBEAT_MS = 10_000
/** What a heartbeat adds: less than one item even after hours, because progress may only grow. */
const HEARTBEAT_STEP = 0.0001

/** Sends one report to the client. */
export type SendProgress = (done: number, message: string) => Promise<void>

/**
 * The progress of one call towards a client that asked for it: the reports of the call, and a heartbeat while the call is silent. One
 * timer for each such call, none for the others. Dispose it when the call has ended.
 */
export class ProgressReports implements Disposable {
  readonly #send: SendProgress
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #done = 0
  #beats = 0

  constructor(send: SendProgress) {
    this.#send = send
    this.#timer = setInterval(() => void this.#beat(), HEARTBEAT_MS)
  }

  /** `done` counts items and must grow. Rejects when the client has left. */
  async report(done: number, message: string): Promise<void> {
    this.#done = done
    this.#beats = 0
    this.#timer.refresh()
    await this.#send(done, message)
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
