import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const maxBytes = 10 * 1024 * 1024
const NEW_LINE = 10

/**
 * A log that is kept over restarts: lines are appended, and beyond 10 MiB the file is renamed to `<file>.1`, which replaces an earlier one.
 * Lines that can't be written (a full disk) are lost; this never ends the writer.
 */
export class LogFile {
  readonly path: string
  readonly #maxBytes: number
  #file: number | undefined
  #bytes = 0
  #isLineOpen = false

  constructor(path: string, limitBytes = maxBytes) {
    this.path = path
    this.#maxBytes = limitBytes
    this.#open()
  }

  write(chunk: string | Uint8Array): void {
    let bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (this.#bytes >= this.#maxBytes) {
      // The line that the file ends with is completed first.
      const end = this.#isLineOpen ? bytes.indexOf(NEW_LINE) + 1 : 0
      this.#append(bytes.subarray(0, end))
      bytes = bytes.subarray(end)
      this.#rotate()
    }
    this.#append(bytes)
  }

  #append(bytes: Uint8Array): void {
    if (this.#file === undefined || bytes.length === 0) return
    this.#isLineOpen = bytes.at(-1) !== NEW_LINE
    try {
      this.#bytes += writeSync(this.#file, bytes)
    } catch {
      // The disk is full: the process that logs continues.
    }
  }

  #rotate(): void {
    try {
      if (this.#file !== undefined) closeSync(this.#file)
      this.#file = undefined
      renameSync(this.path, `${this.path}.1`)
    } catch {
      // The file was removed: a new one is created.
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
