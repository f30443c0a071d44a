import type { Row } from './row.ts'

export const HEADER = ['', 'ours', 'unit', 'reference', 'ratio', 'target', ''] as const

function shown(value: number | undefined): string {
  if (value === undefined) return ''
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Math.round(value * 100) / 100)
}

/** One line of the table, as people read it. */
export function cells(row: Row): string[] {
  return [
    row.name,
    shown(row.value),
    row.unit,
    shown(row.reference),
    shown(row.ratio),
    row.target ?? '',
    row.ok === undefined ? '' : row.ok ? 'met' : 'missed',
  ]
}

/** The table in columns for a terminal, with a mark at those of `worse`. */
export function table(rows: readonly Row[], worse: ReadonlySet<Row>): string {
  const lines: (readonly string[])[] = [
    [...HEADER, ''],
    ...rows.map((row) => [...cells(row), worse.has(row) ? 'worse' : '']),
  ]
  const widths = [...HEADER, ''].map((_, at) =>
    Math.max(...lines.map((line) => line[at]?.length ?? 0)),
  )
  const padded = (cell: string, at: number): string =>
    [1, 3, 4].includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
  return lines.map((line) => line.map(padded).join('  ').trimEnd()).join('\n')
}
