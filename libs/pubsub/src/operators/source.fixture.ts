/** A source that records what is done to it. It gives the values, then fails with `error` or ends; with `open` it parks instead. */
export class TestSource<T> implements AsyncIterableIterator<T> {
  started = 0
  reads = 0
  returns = 0
  readonly #values: readonly T[]
  readonly #after: { readonly error?: unknown; readonly open?: boolean }
  #parked: ((result: IteratorResult<T>) => void) | undefined

  constructor(
    values: readonly T[],
    after: { readonly error?: unknown; readonly open?: boolean } = {},
  ) {
    this.#values = values
    this.#after = after
  }

  [Symbol.asyncIterator](): this {
    this.started += 1
    return this
  }

  next(): Promise<IteratorResult<T>> {
    const at = this.reads++
    if (this.returns > 0) return Promise.resolve({ value: undefined, done: true })
    if (at < this.#values.length) {
      return Promise.resolve({ value: this.#values[at] as T, done: false })
    }
    if (this.#after.open === true) return new Promise((resolve) => (this.#parked = resolve))
    if (this.#after.error !== undefined) return Promise.reject(this.#after.error)
    return Promise.resolve({ value: undefined, done: true })
  }

  return(): Promise<IteratorResult<T>> {
    this.returns += 1
    this.#parked?.({ value: undefined, done: true })
    return Promise.resolve({ value: undefined, done: true })
  }
}
