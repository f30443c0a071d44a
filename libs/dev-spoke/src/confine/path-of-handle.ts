import { readlink, realpath, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { CodedError } from '@alkdev/errors'

/**
 * The real path of an opened file. Linux reports it; on other systems the path is resolved again and must be the same file
 * (device and inode), otherwise ACCESS_DENIED: the path was changed meanwhile.
 */
export async function pathOfHandle(handle: FileHandle, path: string): Promise<string> {
  if (process.platform === 'linux') return readlink(`/proc/self/fd/${handle.fd}`)
  const real = await realpath(path)
  const [opened, found] = await Promise.all([handle.stat(), stat(real)])
  if (opened.dev !== found.dev || opened.ino !== found.ino)
    throw new CodedError('ACCESS_DENIED', 'The file changed while it was opened.')
  return real
}
