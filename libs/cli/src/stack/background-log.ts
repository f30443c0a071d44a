import { open } from 'node:fs/promises'
import { readProgressLine } from '../progress.ts'
import type { ProgressLine } from '../progress.ts'

const MAX_FAILURE = 8192

/** What a start in the background writes: lines of progress are passed on, everything else is kept as the reason of a failure. */
export class BackgroundLog {
  readonly file: string
  readonly #onLine: (line: ProgressLine) => void
  #at: number
  #rest = ''
  #other = ''

  /** `from`: the length of the file before the start. */
  constructor(file: string, from: number, onLine: (line: ProgressLine) => void) {
    this.file = file
    this.#at = from
    this.#onLine = onLine
  }

  /** The output other than progress, without the name of the command. */
  get failure(): string {
    return `${this.#other}${this.#rest}`.trim().replace(/^alkhub: /m, '')
  }

  /** Reads what was added since the last time. */
  async read(): Promise<void> {
    await using handle = await open(this.file, 'r')
    const { size } = await handle.stat()
    if (size <= this.#at) return
    const buffer = Buffer.alloc(size - this.#at)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#at)
    const bytes = buffer.subarray(0, bytesRead)
    const whole = bytes.lastIndexOf(10) + 1
    this.#at += whole
    for (const line of bytes.subarray(0, whole).toString('utf8').split('\n')) this.#take(line)
    this.#rest = bytes.subarray(whole).toString('utf8')
  }

  #take(line: string): void {
    const progress = readProgressLine(line)
    if (progress !== undefined) this.#onLine(progress)
    else this.#other = `${this.#other}${line}\n`.slice(-MAX_FAILURE)
  }
}
