import { logLine } from '../logs/log-line.ts'
import type { LogFile } from './log-file.ts'

const NEW_LINE = 10
/** Bytes beyond which a line is written in pieces. */
const MAX_LINE_BYTES = 256 * 1024

/**
 * Writes the output of a process to its log line by line. A line that is not JSON gets a time and a level, so that it can be merged with the lines of other
 * processes: what is said on standard error is a warning, and an error when it names one.
 */
export class TimedLines {
  readonly #log: LogFile
  readonly #isError: boolean
  #rest = Buffer.alloc(0)

  constructor(log: LogFile, stream: 'stdout' | 'stderr') {
    this.#log = log
    this.#isError = stream === 'stderr'
  }

  write(chunk: Buffer): void {
    const bytes = Buffer.concat([this.#rest, chunk])
    const end = bytes.length > MAX_LINE_BYTES ? bytes.length : bytes.lastIndexOf(NEW_LINE) + 1
    this.#rest = bytes.subarray(end)
    const lines = bytes.subarray(0, end).toString('utf8').split('\n')
    const timed = lines.map((line) => (line.trim() === '' ? '' : this.#timed(line)))
    if (timed.some((line) => line !== '')) this.#log.write(timed.join(''))
  }

  /** Writes the last line when it has no end: the process ended in the middle of it. */
  end(): void {
    this.write(Buffer.from('\n'))
  }

  #timed(line: string): string {
    if (line.startsWith('{')) return `${line}\n`
    const isFault = /\b\w*Error\b|\[ERR_\w+\]|FATAL/.test(line)
    return logLine(!this.#isError ? 'info' : isFault ? 'error' : 'warn', line)
  }
}
