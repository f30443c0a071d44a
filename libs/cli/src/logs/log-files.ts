import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** Bytes beyond which a line is read in pieces, each of which counts as a line. */
export const MAX_LINE_BYTES = 256 * 1024
export const CHUNK_BYTES = 64 * 1024

/** One open file of a log. */
export interface LogFileHandle {
  readonly handle: FileHandle
  /** Tells a file from the one that took its name. */
  readonly inode: bigint
  /** Its length when it was opened. */
  readonly bytes: number
}

/** Opens a file for reading; undefined when there is none. */
export async function openLogFile(path: string): Promise<LogFileHandle | undefined> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  const { ino, size } = await handle.stat({ bigint: true })
  return { handle, inode: ino, bytes: Number(size) }
}

/** The bytes from `start` on, `length` at most. */
export async function readBytes(
  handle: FileHandle,
  start: number,
  length: number,
): Promise<Buffer<ArrayBuffer>> {
  const buffer = Buffer.allocUnsafe(length)
  const { bytesRead } = await handle.read(buffer, 0, length, start)
  return buffer.subarray(0, bytesRead)
}
