import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const maxBytes = 10 * 1024 * 1024

/**
 * A log that is kept over restarts: lines are appended, and beyond 10 MiB the file becomes `<file>.1` in place of an earlier one.
 * What can't be written (a full disk) is lost; it never ends the writer.
 */
export class LogFile {
  readonly path: string
  readonly #maxBytes: number
  #file: number | undefined
  #bytes = 0

  constructor(path: string, limitBytes = maxBytes) {
    this.path = path
    this.#maxBytes = limitBytes
    this.#open()
  }

  write(chunk: string | Uint8Array): void {
    if (this.#bytes >= this.#maxBytes) this.#rotate()
    if (this.#file === undefined) return
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    try {
      this.#bytes += writeSync(this.#file, bytes)
    } catch {
      // The disk is full: the process that logs goes on.
    }
  }

  #rotate(): void {
    try {
      if (this.#file !== undefined) closeSync(this.#file)
      this.#file = undefined
      renameSync(this.path, `${this.path}.1`)
    } catch {
      // The file was removed: a new one is made.
    }
    this.#open()
  }

  #open(): void {
    try {
      this.#file = openSync(this.path, 'a', 0o600)
      this.#bytes = fstatSync(this.#file).size
    } catch {
      this.#file = undefined
      this.#bytes = 0
    }
  }
}
