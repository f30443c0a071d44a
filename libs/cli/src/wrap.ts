/**
 * Breaks each line of a text at blanks so that it has at most `width` columns; continuation lines begin at column `indent`. A word
 * that is longer is not broken.
 */
export function wrap(text: string, width: number, indent = 0): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width, indent))
    .join('\n')
}

function wrapLine(line: string, width: number, indent: number): string[] {
  if (line.length <= width) return [line]
  // The text before the column, such as an option and blanks, is kept.
  const rows = [line.slice(0, indent)]
  for (const word of line.slice(indent).split(' ')) {
    const row = rows.at(-1) ?? ''
    const isFresh = row.length <= indent
    if (isFresh || row.length + 1 + word.length <= width)
      rows[rows.length - 1] = isFresh ? row + word : `${row} ${word}`
    else rows.push(' '.repeat(indent) + word)
  }
  return rows.map((row) => row.trimEnd())
}
