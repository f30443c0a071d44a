/** Ends a request to a provider when its time is over. */
export class AttemptLimit {
  readonly #timer: NodeJS.Timeout
  #controller: AbortController | undefined
  #reason: DOMException | undefined

  /** `onOver` gets the reason, too: a signal that follows two others is slow. */
  constructor(ms: number, onOver?: (reason: unknown) => void) {
    this.#timer = setTimeout(() => {
      this.#reason = new DOMException('The time is over.', 'TimeoutError')
      this.#controller?.abort(this.#reason)
      onOver?.(this.#reason)
    }, ms)
  }

  /** Why the request was ended; undefined while its time is not over. */
  get reason(): unknown {
    return this.#reason
  }

  /** Aborts when the time is over. Made when it is asked for: most attempts need none. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** The time counts no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
