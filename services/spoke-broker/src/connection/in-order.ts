/** Runs steps one after the other. A step that fails, at once or later, keeps none of those behind it from running. */
export class InOrder {
  #last: Promise<void> = Promise.resolve()

  /** `onEnd` is told when the step has ended, with what it threw. What `onEnd` throws itself is dropped. */
  add(step: () => Promise<void>, onEnd: (error?: unknown) => void): void {
    this.#last = this.#last
      .then(step)
      .then(
        () => onEnd(),
        (error: unknown) => onEnd(error ?? new Error('a step failed with nothing')),
      )
      .catch(() => undefined)
  }
}
