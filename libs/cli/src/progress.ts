import type { Io } from './command.ts'
import { safeText } from './say.ts'

const MARKS = { begun: '…', done: '✓', failed: '✗', note: '!' } as const
type Mark = keyof typeof MARKS

/** A line of progress: `  ✓ PostgreSQL (1.2 s)`. */
export interface ProgressLine {
  readonly mark: Mark
  readonly text: string
}

/** Reads a line that `Progress` wrote where there is no terminal; undefined for any other line. */
export function readProgressLine(line: string): ProgressLine | undefined {
  const mark = (Object.keys(MARKS) as Mark[]).find((one) => line.startsWith(`  ${MARKS[one]} `))
  return mark === undefined ? undefined : { mark, text: line.slice(4) }
}

/**
 * Steps of long work on stderr: on a terminal one line for each step, redrawn while it runs; elsewhere a line when it begins, for each
 * detail, and when it ends. Silent under `--json`.
 */
export class Progress {
  readonly #io: Io
  readonly #shown: boolean
  readonly #redraw: boolean

  constructor(io: Io, options: { readonly quiet: boolean }) {
    this.#io = io
    this.#shown = !options.quiet
    this.#redraw = io.stderr.isTTY
  }

  /** Runs a step and shows how long it took, in seconds. */
  async step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T> {
    const started = performance.now()
    const seconds = (): string => ((performance.now() - started) / 1000).toFixed(1)
    this.show({ mark: 'begun', text: title })
    try {
      const result = await work((detail) =>
        this.show({ mark: 'begun', text: `${title}: ${detail}` }),
      )
      this.show({ mark: 'done', text: `${title} (${seconds()} s)` })
      return result
    } catch (error) {
      this.show({ mark: 'failed', text: `${title} (${seconds()} s)` })
      throw error
    }
  }

  /** A sentence between the steps. */
  note(text: string): void {
    this.show({ mark: 'note', text })
  }

  /** Shows a line; one of a running step is overwritten by the next on a terminal. */
  show({ mark, text }: ProgressLine): void {
    if (!this.#shown) return
    const line = `  ${MARKS[mark]} ${safeText(text)}`
    if (!this.#redraw) this.#io.stderr.write(`${line}\n`)
    else {
      const width = this.#io.stderr.columns
      // A terminal of unknown width reports 0 columns.
      const cut =
        mark === 'begun' && width > 2 && line.length >= width
          ? `${line.slice(0, width - 2)}…`
          : line
      this.#io.stderr.write(`\r\u001B[2K${cut}${mark === 'begun' ? '' : '\n'}`)
    }
  }
}
