/** Runs steps one after the other. A step that fails does not prevent the later ones. */
export class InOrder {
  #last: Promise<void> = Promise.resolve()

  /** `onEnd` is called when the step has ended, with the error that it threw. An error of `onEnd` itself is dropped. */
  add(step: () => Promise<void>, onEnd: (error?: unknown) => void): void {
    this.#last = this.#last
      .then(step)
      .then(
        () => onEnd(),
        (error: unknown) => onEnd(error ?? new Error('a step failed without an error')),
      )
      .catch(() => undefined)
  }
}
