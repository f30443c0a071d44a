/** Milliseconds between two readings for events of runs that another process works on. */
const LOOK_MS = 500

/** Who waits for new events of runs in this process. Events that this process stores are noticed at once. */
export class RunWaiters {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Resolves when this process has stored events of the run, or it is time to look for those of others. Rejects when the signal aborts. */
  async wait(runId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(runId) ?? new Set()
    this.#waiting.set(runId, waiting)
    waiting.add(resolve)
    const timer = setTimeout(resolve, LOOK_MS)
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      waiting.delete(resolve)
      if (waiting.size === 0 && this.#waiting.get(runId) === waiting) this.#waiting.delete(runId)
    }
  }

  onWritten(runId: string): void {
    for (const resolve of this.#waiting.get(runId) ?? []) resolve()
  }
}
