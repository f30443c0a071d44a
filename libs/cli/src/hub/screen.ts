import type { Io } from '../command.ts'
import { safeText, say } from '../say.ts'

/** The size of a terminal that does not report one. */
const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24

/** Where a command shows one moment after the other. */
export interface Screen {
  show(lines: readonly string[]): void
  /** The size for the lines; empty when they are not cut. */
  readonly size: { readonly columns?: number; readonly rows?: number }
  end(): void
}

/** The rows of a terminal; some terminals report 0 for a size that they do not know. */
function rowsOf({ rows }: Io['stdout']): number {
  return rows || DEFAULT_ROWS
}

/** The alternate screen of the terminal, so that what was there before is there again afterwards. */
export function terminalScreen(io: Io): Screen {
  const { stdout } = io
  stdout.write('\u001B[?1049h\u001B[?25l')
  return {
    get size() {
      // The line below the last one belongs to the cursor.
      return { columns: stdout.columns || DEFAULT_COLUMNS, rows: rowsOf(stdout) - 1 }
    },
    show(lines) {
      const visible = lines.slice(0, Math.max(1, rowsOf(stdout) - 1))
      // Home, each line cleared to its end, then everything below: nothing flickers.
      stdout.write(
        `\u001B[H${visible.map((line) => `${safeText(line)}\u001B[K`).join('\n')}\n\u001B[J`,
      )
    },
    end() {
      stdout.write('\u001B[?25h\u001B[?1049l')
    },
  }
}

/** Without a terminal: one block of lines after the other. */
export function plainScreen({ stdout }: Io): Screen {
  let isFirst = true
  return {
    size: {},
    show(lines) {
      const isBlock = lines.length > 1
      say(stdout, `${!isFirst && isBlock ? '\n' : ''}${lines.join('\n')}`)
      isFirst = false
    },
    end: () => undefined,
  }
}
