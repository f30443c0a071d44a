import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { OperatorError } from '@alkdev/errors'
import { readFrames } from '@alkdev/storage/backup'
import type { BackupFrame } from '@alkdev/storage/backup'
import type { Io } from '../command.ts'

/** Throws OperatorError when there is a file already: a backup is never replaced. */
export async function requireNewFile(path: string): Promise<void> {
  const there = await access(path).then(
    () => true,
    () => false,
  )
  if (there)
    throw new OperatorError(
      `${path} exists already.`,
      'Name another file, or remove this one first.',
    )
}

/**
 * Writes a file that only its owner may read. It appears under its name when it is complete and on the disk; a failure leaves nothing. Throws
 * OperatorError when the disk is full or the folder may not be written.
 */
export async function writeBackupFile(
  path: string,
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<number> {
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.partial`)
  let bytes = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length
      yield chunk
    }
  }
  try {
    // `flush`: on the disk before it gets its name.
    const file = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(counted, file, { signal })
    await rename(partial, path)
    await syncFolder(dirname(path))
    return bytes
  } catch (error) {
    await rm(partial, { force: true })
    signal.throwIfAborted()
    throw explained(path, error)
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}

/** Writes to standard output. Throws OperatorError on a terminal. */
export async function writeToStdout(io: Io, chunks: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (!io.stdout.write(chunk)) await once(io.stdout, 'drain', { signal: io.signal })
  }
  return bytes
}

/** The parts of a backup. Throws OperatorError when the file can't be read. */
export async function* readBackupFile(path: string): AsyncGenerator<BackupFrame> {
  try {
    yield* readFrames(createReadStream(path, { highWaterMark: 256 * 1024 }))
  } catch (error) {
    throw explained(path, error)
  }
}

const CAUSES: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOSPC: ['its disk is full', 'Free space, or name a file on another disk.'],
  EDQUOT: ['the quota of its disk is used up', 'Free space, or name a file on another disk.'],
  EFBIG: ['it is larger than the file system or a limit allows', 'Name a file on another disk.'],
  EACCES: ['it is not allowed', 'Name a file in a folder that you may write.'],
  EROFS: ['the file system is read-only', 'Name a file on another disk.'],
  ENOENT: ['it does not exist', 'Correct the path.'],
  EISDIR: ['it is a folder', 'Name a file.'],
  EIO: ['its disk fails', 'Name a file on another disk.'],
}

function explained(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  const cause = CAUSES[code ?? '']
  if (cause === undefined || error instanceof OperatorError || syscall === undefined) return error
  const verb = syscall === 'read' ? 'read' : syscall === 'open' ? 'opened' : 'written'
  return new OperatorError(`${path} can't be ${verb}: ${cause[0]} (${code}).`, cause[1], {
    cause: error,
  })
}
