/** Items pushed on one side and read on the other. Bounded by the credits that the reader's side hands out. */
export class ItemQueue<T> implements AsyncIterable<T> {
  readonly #items: T[] = []
  #wake: (() => void) | undefined
  #ended = false
  #error: Error | undefined

  push(item: T): void {
    if (this.#ended) return
    this.#items.push(item)
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** What was pushed before is still read, then the error is thrown. */
  fail(error: Error): void {
    if (this.#ended) return
    this.#error = error
    this.end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, unknown> {
    for (;;) {
      while (this.#items.length > 0) yield this.#items.shift() as T
      if (this.#error) throw this.#error
      if (this.#ended) return
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
  }
}
