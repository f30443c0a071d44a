import type { Io } from '../command.ts'
import { wrap } from '../wrap.ts'
import { say, sayJson } from '../say.ts'
import { isWholeId } from './id-part.ts'

/** Least number of columns that a text keeps when it is cut. */
const MIN_TEXT_COLUMNS = 20
/** Columns by which the continuation lines of a folded row are indented. */
const INDENT = 2
/** Characters of an id that stand for it where it does not fit; the commands take beginnings of ids. */
const ID_BEGINNING = 18

/** A table as text: each row is one line, or several when the table is folded. */
export interface TableLayout {
  readonly head: string
  readonly rows: readonly string[]
  /** Says that texts are cut; empty when none is. */
  readonly note: string
}

/**
 * Aligned columns with a heading, at most `width` columns wide (0: no limit). When they do not fit, columns without any value are left out, and
 * ids are shortened to their beginnings, which the commands take. A text in the last column is cut at the width. When it would keep fewer than
 * 20 columns, or when something else than a text does not fit, the rows that are too long are folded: the columns that do not fit follow on
 * indented lines, and nothing is cut. Control characters, which could control the terminal, invisible characters, and those that change the
 * direction of the text become spaces.
 */
export function tableLayout(
  headings: readonly string[],
  rows: readonly (readonly (string | number | undefined | null)[])[],
  width = 0,
): TableLayout {
  const given = rows.map((row) =>
    row.map((cell) =>
      String(cell ?? '').replaceAll(/[\s\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]+/gu, ' '),
    ),
  )
  const all = [headings.map((heading) => heading.toUpperCase()), ...given]
  if (width <= MIN_TEXT_COLUMNS || fits(all, width)) return alignedLayout(all)
  const narrow = withShortIds(withoutEmptyColumns(all))
  if (fits(narrow, width)) return alignedLayout(narrow)
  const [head = [], ...cells] = narrow
  const widths = widthsOf(narrow)
  const { head: headLine, rows: rowLines } = alignedLayout(narrow)
  const lastColumn = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0)
  const room = width - lastColumn
  const texts = [head, ...cells].map((row) => row.at(-1) ?? '')
  if (room >= MIN_TEXT_COLUMNS && texts.every((text) => text.length <= room || text.includes(' ')))
    return {
      head: headLine,
      rows: rowLines.map((line) => (line.length <= width ? line : `${line.slice(0, width - 1)}…`)),
      note: `(Cut at ${width} columns; --json shows everything.)`,
    }
  const groups = groupsOfColumns(widths, width)
  // A row that fits in no case does not widen the columns of the others.
  const fitting = narrow.filter((row) => alignedLine(row, []).length <= width)
  const rowWidths = fitting.length > 1 ? widthsOf(fitting) : widths
  const fold = (row: readonly string[]): string => {
    const line = alignedLine(row, rowWidths)
    return line.length <= width ? line : foldedRow(row, widths, groups, width)
  }
  return { head: fold(head), rows: cells.map(fold), note: '' }
}

type Rows = readonly (readonly string[])[]

function widthsOf(rows: Rows): readonly number[] {
  return (rows[0] ?? []).map((_heading, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
}

function alignedLayout(rows: Rows): TableLayout {
  const widths = widthsOf(rows)
  const [head = '', ...lines] = rows.map((row) => alignedLine(row, widths))
  return { head, rows: lines, note: '' }
}

function fits(rows: Rows, width: number): boolean {
  const widths = widthsOf(rows)
  return rows.every((row) => alignedLine(row, widths).length <= width)
}

/** `rows` without the columns that hold nothing but their heading; the first row is the headings. */
function withoutEmptyColumns([head = [], ...cells]: Rows): Rows {
  const isUsed = head.map((_heading, column) => cells.some((row) => (row[column] ?? '') !== ''))
  return [head, ...cells].map((row) => row.filter((_cell, column) => isUsed[column] === true))
}

/** Ids as their beginnings, in each column whose beginnings all differ. */
function withShortIds(rows: Rows): Rows {
  const isShortened = (rows[0] ?? []).map((_heading, column) => {
    const ids = rows.map((row) => row[column] ?? '').filter((cell) => isWholeId(cell))
    const distinct = new Set(ids)
    return new Set([...distinct].map((id) => id.slice(0, ID_BEGINNING))).size === distinct.size
  })
  return rows.map((row) =>
    row.map((cell, column) =>
      isShortened[column] === true && isWholeId(cell) ? cell.slice(0, ID_BEGINNING) : cell,
    ),
  )
}

/** A table as one text; see tableLayout. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number | undefined | null)[])[],
  width = 0,
): string {
  const { head, rows: lines, note } = tableLayout(headings, rows, width)
  return [head, ...lines, ...(note === '' ? [] : ['', note])].join('\n')
}

function alignedLine(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
    .join('  ')
    .trimEnd()
}

/** The columns of each line of a folded row: as many as fit, and at least one. */
function groupsOfColumns(widths: readonly number[], width: number): readonly (readonly number[])[] {
  const groups: number[][] = []
  let used = Infinity
  for (const [column, own] of widths.entries()) {
    const isFirst = groups.length === 0
    if (isFirst || used + 2 + own > width) {
      groups.push([column])
      used = (isFirst ? 0 : INDENT) + own
    } else {
      groups.at(-1)?.push(column)
      used += 2 + own
    }
  }
  return groups
}

function foldedRow(
  row: readonly string[],
  widths: readonly number[],
  groups: readonly (readonly number[])[],
  width: number,
): string {
  const lines = groups.map((columns, at) => {
    const line = alignedLine(
      columns.map((column) => row[column] ?? ''),
      columns.map((column) => widths[column] ?? 0),
    )
    return wrap(`${at === 0 ? '' : ' '.repeat(INDENT)}${line}`, width, INDENT)
  })
  return lines.filter((line) => line.trim() !== '').join('\n')
}

/** Text for people without what controls a terminal; JSON under `--json`. */
export function print(io: Io, json: boolean, value: unknown, text: () => string): void {
  if (json) sayJson(io.stdout, value)
  else say(io.stdout, text())
}

export function columns(io: Io): number {
  return io.stdout.isTTY ? io.stdout.columns : 0
}
