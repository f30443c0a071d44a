import { readLogLine } from './log-line.ts'
import type { LineContext, LogLine } from './log-line.ts'
import { CHUNK_BYTES, MAX_LINE_BYTES, readBytes } from './log-files.ts'
import type { LogFileHandle } from './log-files.ts'

const NEW_LINE = 10
/** Bytes and lines without a time or level that are held until the line is found that states them. */
const MAX_HELD_BYTES = 1024 * 1024
const MAX_HELD_LINES = 1000

/** Where a line begins. */
export interface LinePlace {
  readonly file: LogFileHandle
  readonly offset: number
  /** What the line takes from those before it. */
  readonly before: LineContext
}

export interface PlacedLine {
  readonly line: LogLine
  readonly place: LinePlace
}

interface RawLine {
  readonly text: string
  readonly file: LogFileHandle
  readonly offset: number
}

/**
 * The lines of a log from the last to the first; `files` begins with the newest. Reads 64 KiB at a time. A line without a time or level takes those of the
 * line before it, if one of the 1,000 lines before it states them.
 */
export async function* linesFromEnd(
  source: string,
  files: readonly LogFileHandle[],
  isHalfLineRead: boolean,
): AsyncGenerator<PlacedLine> {
  let held: RawLine[] = []
  let heldBytes = 0
  for (const [at, file] of files.entries())
    for await (const raw of rawLines(file, isHalfLineRead || at > 0)) {
      held.push(raw)
      heldBytes += raw.text.length
      const { time, level } = readLogLine(source, raw.text)
      const isKnown = time !== undefined && level !== undefined
      if (!isKnown && held.length < MAX_HELD_LINES && heldBytes < MAX_HELD_BYTES) continue
      yield* placed(source, held)
      held = []
      heldBytes = 0
    }
  yield* placed(source, held)
}

/** Gives each line, of which the last is the oldest, what it takes from those before it. */
function placed(source: string, held: readonly RawLine[]): readonly PlacedLine[] {
  let before: LineContext = {}
  return held
    .toReversed()
    .map(({ text, file, offset }) => {
      const line = readLogLine(source, text, before)
      const found = { line, place: { file, offset, before } }
      before = { time: line.time, level: line.level }
      return found
    })
    .toReversed()
}

/** The lines of a file from its end, without empty ones. */
async function* rawLines(file: LogFileHandle, isHalfLineRead: boolean): AsyncGenerator<RawLine> {
  let end = file.bytes
  // The beginning of `rest` is at `end`; it has no end of a line but its last byte.
  let rest = Buffer.alloc(0)
  let isHalf = !isHalfLineRead
  const raw = (bytes: Buffer, offset: number): RawLine[] => {
    const text = bytes.toString('utf8').trimEnd()
    const isLeftOut = isHalf && bytes.at(-1) !== NEW_LINE
    isHalf = false
    return text === '' || isLeftOut ? [] : [{ text, file, offset }]
  }
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES)
    const chunk = await readBytes(file.handle, start, end - start)
    // It was cut off meanwhile.
    if (chunk.length < end - start) return
    let bytes = Buffer.concat([chunk, rest])
    for (;;) {
      // The last byte may end this line; the one before it ended the line before.
      const before = bytes.length < 2 ? -1 : bytes.lastIndexOf(NEW_LINE, bytes.length - 2)
      if (before === -1) break
      yield* raw(bytes.subarray(before + 1), start + before + 1)
      bytes = bytes.subarray(0, before + 1)
    }
    if (bytes.length > MAX_LINE_BYTES) {
      yield* raw(bytes, start)
      bytes = Buffer.alloc(0)
    }
    rest = Buffer.from(bytes)
    end = start
  }
  if (rest.length > 0) yield* raw(rest, 0)
}

/** Where the line begins that is not complete yet; the end of the file when there is none, or when it is long. */
export async function endOfLines(file: LogFileHandle): Promise<number> {
  const start = Math.max(0, file.bytes - MAX_LINE_BYTES)
  const bytes = await readBytes(file.handle, start, file.bytes - start)
  const at = bytes.lastIndexOf(NEW_LINE)
  return at === -1 && start > 0 ? file.bytes : start + at + 1
}
