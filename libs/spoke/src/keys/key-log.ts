import { createHash } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'

/** A line of the log: a call with the key `key` has started, has ended with an answer, or has failed without an effect. */
export type KeyLine =
  | {
      readonly is: 'started'
      readonly key: string
      readonly inputHash: string
      readonly atMs: number
    }
  | { readonly is: 'done'; readonly key: string; readonly answer: string }
  | { readonly is: 'failed'; readonly key: string }

/** Characters of the checksum before each line. */
const SUM_LENGTH = 16

interface Waiting {
  readonly text: string
  readonly isForced: boolean
  readonly written: Deferred<void>
}

/**
 * A file to which lines are appended, each with a checksum. Lines that are appended at the same time are written together. A line that could not be
 * written whole is cut off, so that the file holds whole lines only.
 */
export class KeyLog {
  readonly #path: string
  #file: FileHandle
  /** Bytes of whole lines. */
  #bytes: number
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #closed = false

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path
    this.#file = file
    this.#bytes = bytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Opens or creates the file and reads its lines. A torn end is cut off; a damaged line before it is counted and left out. */
  static async open(path: string): Promise<{
    readonly log: KeyLog
    readonly lines: readonly KeyLine[]
    readonly damaged: number
  }> {
    const content = await readFile(path).catch((error: unknown) => {
      if (isMissing(error)) return Buffer.alloc(0)
      throw error
    })
    const bytes = content.lastIndexOf('\n') + 1
    const lines: KeyLine[] = []
    let damaged = 0
    for (const line of content.toString('utf8', 0, bytes).split('\n')) {
      if (line === '') continue
      const parsed = parseLine(line)
      if (parsed === undefined) damaged += 1
      else lines.push(parsed)
    }
    const file = await open(path, 'a', 0o600)
    await file.truncate(bytes)
    return { log: new KeyLog(path, file, bytes), lines, damaged }
  }

  /** Appends a line. `isForced`: resolves when the disk has it, else when the operating system has it. Rejects when it was not written. */
  append(line: KeyLine, isForced: boolean): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The key store is closed.'))
    const written = deferred<void>()
    this.#waiting.push({ text: lineText(line), isForced, written })
    this.#writing ??= this.#write()
    return written.promise
  }

  /** Replaces the content of the file, which is whole at every moment. Rejects when the disk has no room: then nothing has changed. */
  async replace(lines: Iterable<KeyLine>): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    const replacing = this.#replace(lines)
    this.#writing = replacing.then(
      () => this.#write(),
      () => this.#write(),
    )
    await replacing
  }

  async close(): Promise<void> {
    this.#closed = true
    while (this.#writing !== undefined) await this.#writing
    await this.#file.close()
  }

  async #replace(lines: Iterable<KeyLine>): Promise<void> {
    const next = `${this.#path}.new`
    let text = ''
    for (const line of lines) text += lineText(line)
    try {
      const file = await open(next, 'w', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(next, this.#path)
    } catch (error) {
      await rm(next, { force: true }).catch(() => undefined)
      throw error
    }
    await syncFolder(dirname(this.#path))
    const file = await open(this.#path, 'a', 0o600)
    await this.#file.close().catch(() => undefined)
    this.#file = file
    this.#bytes = Buffer.byteLength(text)
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      const text = batch.map((waiting) => waiting.text).join('')
      try {
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other
        await this.#file.truncate(this.#bytes)
        // oxlint-disable-next-line no-await-in-loop -- as above
        await this.#file.appendFile(text)
        // oxlint-disable-next-line no-await-in-loop -- as above
        if (batch.some(({ isForced }) => isForced)) await this.#file.datasync()
        this.#bytes += Buffer.byteLength(text)
        for (const { written } of batch) written.resolve()
      } catch (error) {
        // What was written of it is cut off before the next batch, or when the file is opened again.
        // oxlint-disable-next-line no-await-in-loop -- as above
        await this.#file.truncate(this.#bytes).catch(() => undefined)
        for (const { written } of batch) written.reject(error)
      }
    }
    this.#writing = undefined
  }
}

function lineText(line: KeyLine): string {
  const json = JSON.stringify(line)
  return `${sumOf(json)} ${json}\n`
}

function parseLine(text: string): KeyLine | undefined {
  const json = text.slice(SUM_LENGTH + 1)
  if (text.slice(0, SUM_LENGTH) !== sumOf(json)) return undefined
  return JSON.parse(json) as KeyLine
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, SUM_LENGTH)
}

/** The name of a file is on the disk when its folder is. Some file systems have no such call. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    // The rename itself is atomic.
  }
}

function isMissing(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'ENOENT'
}
