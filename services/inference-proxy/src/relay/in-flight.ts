/** Limits the concurrent requests of each key or session, or to each provider. A request over the limit is refused at once: nothing waits. */
export class InFlight {
  readonly #most: number
  readonly #running = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** A place, given back by the function that is returned, however often it is called; undefined when all are taken. */
  take(id: string): (() => void) | undefined {
    const running = this.#running.get(id) ?? 0
    if (running >= this.#most) return undefined
    this.#running.set(id, running + 1)
    let taken = true
    return () => {
      if (!taken) return
      taken = false
      const left = (this.#running.get(id) ?? 1) - 1
      if (left === 0) this.#running.delete(id)
      else this.#running.set(id, left)
    }
  }
}
