/** Ends a request to a provider when its time is over. */
export class AttemptLimit {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout

  /** `onOver` gets the reason, too: a signal that follows two others is slow. */
  constructor(ms: number, onOver?: (reason: unknown) => void) {
    this.#timer = setTimeout(() => {
      const reason = new DOMException('The time is over.', 'TimeoutError')
      this.#controller.abort(reason)
      onOver?.(reason)
    }, ms)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The time counts no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
