import type { Io } from './command.ts'

/** Steps of long work, told on a terminal (stderr), silent elsewhere and under `--json`. */
export class Progress {
  readonly #io: Io
  readonly #shown: boolean
  readonly #redraw: boolean

  constructor(io: Io, options: { readonly quiet: boolean }) {
    this.#io = io
    this.#shown = !options.quiet
    this.#redraw = io.stderr.isTTY
  }

  /** Runs a step and tells how long it took, in seconds. */
  async step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T> {
    const started = performance.now()
    const draw = (detail: string): void => {
      if (this.#shown && this.#redraw) this.#io.stderr.write(`\r\u001B[2K  … ${title}${detail}`)
    }
    draw('')
    try {
      const result = await work((detail) => draw(`: ${detail}`))
      this.#end('✓', title, started)
      return result
    } catch (error) {
      this.#end('✗', title, started)
      throw error
    }
  }

  #end(mark: string, title: string, started: number): void {
    if (!this.#shown) return
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    this.#io.stderr.write(`${this.#redraw ? '\r\u001B[2K' : ''}  ${mark} ${title} (${seconds} s)\n`)
  }
}
