/** The day of a time in ISO 8601. */
export const day = (at: string): string => at.slice(0, 10)

/** A line of a table in Markdown. */
export const tableLine = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
