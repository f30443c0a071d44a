import type { Readable } from 'node:stream'

/** Keeps the last `limitBytes` of what a process says, and waits for a line that contains a text. */
export class OutputTail {
  #text = ''
  readonly #limitBytes: number
  readonly #listeners = new Set<() => void>()

  constructor(streams: readonly Readable[], limitBytes = 16_384) {
    this.#limitBytes = limitBytes
    for (const stream of streams) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        this.#text = (this.#text + chunk).slice(-this.#limitBytes)
        for (const listener of this.#listeners) listener()
      })
    }
  }

  get text(): string {
    return this.#text
  }

  /** True once `needle` was seen, false when `ended` settled or `timeoutMs` passed first. */
  async waitFor(needle: string, ended: Promise<unknown>, timeoutMs: number): Promise<boolean> {
    if (this.#text.includes(needle)) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const listener = (): void => {
      if (this.#text.includes(needle)) resolve(true)
    }
    this.#listeners.add(listener)
    const timer = setTimeout(() => resolve(false), timeoutMs)
    void ended.then(() => resolve(this.#text.includes(needle)))
    const seen = await promise
    clearTimeout(timer)
    this.#listeners.delete(listener)
    return seen
  }
}
