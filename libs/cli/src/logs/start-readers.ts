import type { LogLine } from './log-line.ts'
import type { LogReader } from './log-reader.ts'
import type { LinePlace } from './lines-from-end.ts'

export interface Selection {
  /** How many of the last lines of all logs together; undefined: all since `since`. */
  readonly lines: number | undefined
  /** Milliseconds since 1970. */
  readonly since: number | undefined
  readonly isWanted: (line: LogLine) => boolean
}

interface Found {
  readonly reader: LogReader
  readonly time: number | undefined
  readonly place: LinePlace
}

/**
 * Lets each reader start with its first line that is selected. Reads the logs from their ends, as far as that takes, and keeps places of lines, not the lines
 * themselves.
 */
export async function startReaders(
  readers: readonly LogReader[],
  selection: Selection,
): Promise<void> {
  if (selection.lines === 0) return
  const found = await Promise.all(readers.map((reader) => foundIn(reader, selection)))
  // Stable: lines with the same key stay in the order of their log.
  const newest = found
    .flatMap((lines) => withKeys(lines))
    .toSorted((one, other) => (one.key === other.key ? 0 : one.key > other.key ? -1 : 1))
  const starts = new Map<LogReader, LinePlace>()
  for (const { reader, place } of newest.slice(0, selection.lines)) starts.set(reader, place)
  for (const [reader, place] of starts) reader.startAt(place)
}

/**
 * The lines of one log, the last first, with what they are ordered by: never more than that of a line after them, so that the newest of all logs are the last
 * ones of each.
 */
function withKeys(lines: readonly Found[]): readonly (Found & { readonly key: number })[] {
  let key = lines.some(({ time }) => time !== undefined)
    ? Number.POSITIVE_INFINITY
    : Number.NEGATIVE_INFINITY
  return lines.map((line) => {
    key = Math.min(key, line.time ?? key)
    return { ...line, key }
  })
}

/** The selected lines of one log, the last first; without a number of lines only the first of the log. */
async function foundIn(
  reader: LogReader,
  { lines, since, isWanted }: Selection,
): Promise<readonly Found[]> {
  let found: Found[] = []
  for await (const { line, place } of reader.fromEnd()) {
    if (since !== undefined && line.time !== undefined && line.time < since) break
    if ((since !== undefined && line.time === undefined) || !isWanted(line)) continue
    const one = { reader, time: line.time, place }
    if (lines === undefined) found = [one]
    else found.push(one)
    if (found.length === lines) break
  }
  return found
}
