import type { Readable } from 'node:stream'

/** Keeps the last `limitBytes` of the output of a process, and waits for a line that contains a text. */
export class OutputTail {
  #text = ''
  readonly #limitBytes: number
  readonly #listeners = new Set<() => void>()

  /** `onOutput` receives all output as it arrives. */
  constructor(
    streams: readonly Readable[],
    onOutput: (text: string) => void = () => {},
    limitBytes = 16_384,
  ) {
    this.#limitBytes = limitBytes
    for (const stream of streams) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        this.#text = (this.#text + chunk).slice(-this.#limitBytes)
        onOutput(chunk)
        for (const listener of this.#listeners) listener()
      })
    }
  }

  get text(): string {
    return this.#text
  }

  /** The last line that is not empty. */
  get lastLine(): string {
    return this.#text.trim().split('\n').at(-1) ?? ''
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
