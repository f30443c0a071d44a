import type { Io } from '../command.ts'

/**
 * Aligned columns with a heading; the last column is cut at the width of the terminal. Control characters, which could do
 * things to the terminal, and those that turn the direction of the text or that are invisible become spaces.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number | undefined | null)[])[],
  width = 0,
): string {
  const cells = rows.map((row) =>
    row.map((cell) =>
      String(cell ?? '').replaceAll(/[\s\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]+/gu, ' '),
    ),
  )
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => (row[column] ?? '').length)),
  )
  let isCut = false
  const line = (row: readonly string[]): string => {
    const text = row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
    if (width <= 20 || text.length <= width) return text
    isCut = true
    return `${text.slice(0, width - 1)}…`
  }
  const lines = [headings.map((heading) => heading.toUpperCase()), ...cells].map(line)
  if (isCut) lines.push('', `(Cut at ${width} columns; --json shows everything.)`)
  return lines.join('\n')
}

/** Text for people; JSON under `--json`. */
export function print(io: Io, json: boolean, value: unknown, text: () => string): void {
  io.stdout.write(`${json ? JSON.stringify(value) : text()}\n`)
}

export function columns(io: Io): number {
  return io.stdout.isTTY ? io.stdout.columns : 0
}
