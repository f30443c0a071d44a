/** The controllers of requests that run, which end when the process does. A signal that follows two others is slow, and so is a listener for each request. */
export class Endings {
  readonly #running = new Set<AbortController>()
  readonly #signal: AbortSignal

  /** `signal`: the process ends. */
  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => {
      for (const ending of this.#running) ending.abort(signal.reason)
    })
  }

  /** Ends a request with the process. Call the result when the request has ended. */
  add(ending: AbortController): () => void {
    if (this.#signal.aborted) ending.abort(this.#signal.reason)
    this.#running.add(ending)
    return () => void this.#running.delete(ending)
  }
}
