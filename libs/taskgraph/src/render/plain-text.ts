/** Control signs, invisible signs and line ends. */
export const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu
const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60]/u
const mark = /\p{M}/u

/** A text that is safe to print on one line: no line ends, no terminal sequences, no invisible signs. */
export function oneLine(text: string): string {
  return text.replace(unprintable, ' ').trim()
}

/** Columns that a text takes on a terminal, about: two for East Asian signs and emoji, none for combining marks. */
function textWidth(text: string): number {
  let width = 0
  for (const sign of text) {
    if (mark.test(sign)) continue
    width += wide.test(sign) ? 2 : 1
  }
  return width
}

export interface Column {
  readonly title: string
  /** Numbers stand at the right. Default left. */
  readonly align?: 'left' | 'right'
  /** Columns at most; a longer text ends in an ellipsis. Default 60. */
  readonly maxWidth?: number
}

/** A table in plain text, two blanks between columns; every cell on one line. */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = rows.map((row) =>
    columns.map(({ maxWidth = 60 }, index) => clip(oneLine(String(row[index] ?? '')), maxWidth)),
  )
  const lines = [columns.map(({ title }) => title.toUpperCase()), ...cells]
  const widths = columns.map((_, index) =>
    lines.reduce((widest, line) => Math.max(widest, textWidth(line[index] ?? '')), 0),
  )
  return lines
    .map((line) =>
      columns
        .map(({ align }, index) => pad(line[index] ?? '', widths[index] ?? 0, align))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function pad(text: string, width: number, align: Column['align']): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'right' ? blanks + text : text + blanks
}

function clip(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let kept = ''
  for (const sign of text) {
    if (textWidth(kept + sign) > width - 1) break
    kept += sign
  }
  return `${kept}…`
}

/** A number with at most the given number of decimals and no trailing zeros. */
export function decimals(value: number, places = 2): string {
  return String(Number(value.toFixed(places)))
}
