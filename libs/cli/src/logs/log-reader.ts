import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readLogLine } from './log-line.ts'
import type { LineContext, LogLine } from './log-line.ts'
import { CHUNK_BYTES, MAX_LINE_BYTES, openLogFile, readBytes } from './log-files.ts'
import type { LogFileHandle } from './log-files.ts'
import { endOfLines, linesFromEnd } from './lines-from-end.ts'
import type { LinePlace, PlacedLine } from './lines-from-end.ts'

export interface LogReaderOptions {
  /** False: the log is read up to the length that it has now, with a last line that has no end. True: as long as it grows, whole lines only. */
  readonly follow: boolean
}

/**
 * Reads the log of one process: `NAME.log`, and `NAME.log.1` with what it held before it was renamed. Follows the log through renames. Holds one chunk and one
 * line at a time.
 */
export class LogReader implements AsyncDisposable {
  readonly name: string
  readonly #path: string
  readonly #isFollowed: boolean
  /** The files that existed when the log was opened, newest first. */
  readonly #found: readonly LogFileHandle[]
  /** The file that is read, and those after it. */
  #queue: LogFileHandle[]
  #offset = 0
  /** The earlier file that existed when the one that is read was opened. */
  #earlierInode: bigint | undefined
  readonly #opened: Set<LogFileHandle>
  #rest = Buffer.alloc(0)
  #before: LineContext = {}

  private constructor(
    path: string,
    name: string,
    { follow }: LogReaderOptions,
    found: readonly LogFileHandle[],
    earlierInode: bigint | undefined,
  ) {
    this.name = name
    this.#path = path
    this.#isFollowed = follow
    this.#found = found
    this.#queue = found.slice(0, 1)
    this.#opened = new Set(found)
    this.#earlierInode = earlierInode
  }

  /** Opens the files of the log that exist; reading starts at the end. */
  static async open(folder: string, name: string, options: LogReaderOptions): Promise<LogReader> {
    const path = join(folder, `${name}.log`)
    const current = await openLogFile(path)
    const earlier = await openLogFile(`${path}.1`)
    // The file was renamed between the two.
    const isSame = earlier !== undefined && earlier.inode === current?.inode
    if (isSame) await earlier.handle.close()
    const found = [current, isSame ? undefined : earlier].filter((file) => file !== undefined)
    const reader = new LogReader(path, name, options, found, earlier?.inode)
    const [newest] = found
    if (newest !== undefined)
      reader.#offset = options.follow ? await endOfLines(newest) : newest.bytes
    return reader
  }

  /** The lines that existed when the log was opened, from the last to the first. */
  fromEnd(): AsyncGenerator<PlacedLine> {
    return linesFromEnd(this.name, this.#found, !this.#isFollowed)
  }

  /** Reading starts with this line. */
  startAt({ file, offset, before }: LinePlace): void {
    this.#queue = this.#found.slice(0, this.#found.indexOf(file) + 1).toReversed()
    this.#offset = offset
    this.#before = before
  }

  /** Reading starts with the first line of the newest file. */
  startAtBeginning(): void {
    this.#offset = 0
  }

  /** The lines up to the end that the log has now, in the order of the file; called again, those that were added. */
  async *lines(): AsyncGenerator<LogLine> {
    for (;;) {
      const chunk = await this.#chunk()
      if (chunk.length > 0) {
        yield* this.#linesOf(chunk)
        continue
      }
      const [file] = this.#queue
      if (!(await this.#moveOn())) break
      // The half line at the end of a file is not continued in the next one.
      if (this.#queue[0] !== file) yield* this.#flush()
    }
    if (!this.#isFollowed) yield* this.#flush()
  }

  async #chunk(): Promise<Buffer<ArrayBuffer>> {
    const [file] = this.#queue
    if (file === undefined) return Buffer.alloc(0)
    const left = this.#isFollowed ? CHUNK_BYTES : file.bytes - this.#offset
    if (left <= 0) return Buffer.alloc(0)
    const chunk = await readBytes(file.handle, this.#offset, Math.min(CHUNK_BYTES, left))
    this.#offset += chunk.length
    return chunk
  }

  *#linesOf(chunk: Buffer<ArrayBuffer>): Generator<LogLine> {
    let bytes = Buffer.concat([this.#rest, chunk])
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10)) {
      yield* this.#line(bytes.subarray(0, end))
      bytes = bytes.subarray(end + 1)
    }
    if (bytes.length > MAX_LINE_BYTES) {
      yield* this.#line(bytes)
      bytes = Buffer.alloc(0)
    }
    this.#rest = Buffer.from(bytes)
  }

  *#flush(): Generator<LogLine> {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    yield* this.#line(rest)
  }

  *#line(bytes: Buffer<ArrayBuffer>): Generator<LogLine> {
    const text = bytes.toString('utf8').trimEnd()
    if (text === '') return
    const line = readLogLine(this.name, text, this.#before)
    this.#before = { time: line.time, level: line.level }
    yield line
  }

  /** At the end of a file: true when there is more to read, in this file or in the next one. */
  async #moveOn(): Promise<boolean> {
    const [file] = this.#queue
    if (this.#queue.length > 1) return this.#next()
    if (!this.#isFollowed) return false
    const [current, earlier] = await Promise.all([inodeOf(this.#path), inodeOf(`${this.#path}.1`)])
    if (file !== undefined) {
      const { size } = await file.handle.stat()
      // Written before the file was renamed.
      if (size > this.#offset) return true
      if (current === file.inode) return this.#isCutOff(size)
    }
    // A log that was renamed twice has left a file in between.
    const isBetween =
      earlier !== undefined && earlier !== file?.inode && earlier !== this.#earlierInode
    const path = file !== undefined && isBetween ? `${this.#path}.1` : this.#path
    const next = await openLogFile(path)
    if (next === undefined) return false
    this.#opened.add(next)
    this.#queue.push(next)
    this.#earlierInode = earlier
    return file === undefined || this.#next()
  }

  /** A file that is shorter than what was read is read from its start. */
  #isCutOff(size: number): boolean {
    if (size >= this.#offset) return false
    this.#offset = 0
    return true
  }

  /** Goes to the next file of the queue. */
  async #next(): Promise<boolean> {
    const file = this.#queue.shift()
    this.#offset = 0
    if (file !== undefined) {
      this.#opened.delete(file)
      await file.handle.close()
    }
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened].map(({ handle }) => handle.close()))
    this.#opened.clear()
  }
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  return stat(path, { bigint: true }).then(
    ({ ino }) => ino,
    () => undefined,
  )
}
