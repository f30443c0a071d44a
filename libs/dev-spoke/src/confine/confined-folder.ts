import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { CallError } from '@alkdev/operations'
import { pathOfHandle } from './path-of-handle.ts'

export type Purpose = 'read' | 'write'

/** First folders of the root that hold a hub's own keys. */
const hubFolders = new Set(['.alkhub', 'secrets'])

/**
 * A folder that file operations stay in. Paths are relative to it; what leads out (by `..` or by a link), the hub's own
 * folders, and for writing anything below a `.git`, is ACCESS_DENIED. The decision is made on the file that was opened, so
 * that a link put there meanwhile changes nothing.
 */
export class ConfinedFolder {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  static async open(folder: string): Promise<ConfinedFolder> {
    return new ConfinedFolder(await realpath(folder))
  }

  /** Opens what is at `path` for reading; a folder too. */
  async openForReading(path: string): Promise<FileHandle> {
    const wanted = this.#inside(path, 'read')
    // Without O_NONBLOCK opening a named pipe would wait for its writer.
    return this.#checked(wanted, path, 'read', constants.O_RDONLY | constants.O_NONBLOCK)
  }

  /** Opens a file for writing without emptying it; makes it when it is not there. Its folder must be there. */
  async openForWriting(
    path: string,
    options: { readonly mustBeNew: boolean },
  ): Promise<FileHandle> {
    const wanted = this.#inside(path, 'write')
    if (wanted === this.root) throw refusal(path, 'is the folder itself')
    await using parent = await this.#checked(
      dirname(wanted),
      path,
      'write',
      constants.O_RDONLY | constants.O_DIRECTORY,
    )
    const flags =
      constants.O_RDWR |
      constants.O_CREAT |
      constants.O_NOFOLLOW |
      constants.O_NONBLOCK |
      (options.mustBeNew ? constants.O_EXCL : 0)
    const name = basename(wanted)
    // The name is looked up in the folder that was checked, not once more along the path.
    const place =
      process.platform === 'linux'
        ? `/proc/self/fd/${parent.fd}/${name}`
        : join(await pathOfHandle(parent, dirname(wanted)), name)
    // Awaited here: the folder's handle must stay open until then.
    return await this.#checked(place, path, 'write', flags, wanted)
  }

  /** Throws ACCESS_DENIED when nothing may be written at `path`, by its name alone. */
  refuseWriting(path: string): void {
    this.#inside(path, 'write')
  }

  /** The path below the root as operations show it, with `/`. */
  show(real: string): string {
    const path = relative(this.root, real)
    return path === '' ? '.' : path.split(sep).join('/')
  }

  /** True when reading what lies at a real path is refused: for listings and searches. */
  isHidden(real: string): boolean {
    return this.#reason(real, 'read') !== undefined
  }

  async #checked(
    place: string,
    shown: string,
    purpose: Purpose,
    flags: number,
    fallback = place,
  ): Promise<FileHandle> {
    const handle = await open(place, flags, 0o644).catch((error: NodeJS.ErrnoException) => {
      throw fromErrno(error, shown)
    })
    try {
      const reason = this.#reason(await pathOfHandle(handle, fallback), purpose)
      if (reason !== undefined) throw refusal(shown, reason)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  #inside(path: string, purpose: Purpose): string {
    if (path.includes('\0')) throw refusal('the path', 'holds a zero byte')
    const wanted = isAbsolute(path) ? resolve(path) : resolve(this.root, path)
    const reason = this.#reason(wanted, purpose)
    if (reason !== undefined) throw refusal(path, reason)
    return wanted
  }

  #reason(real: string, purpose: Purpose): string | undefined {
    const path = relative(this.root, real)
    if (path === '') return undefined
    const parts = path.split(sep).map((part) => part.toLowerCase())
    if (parts[0] === '..' || isAbsolute(path)) return 'leads out of the folder'
    if (hubFolders.has(parts[0] ?? '')) return "is one of the hub's own folders"
    if (parts.includes('.alkhub')) return "is one of the hub's own folders"
    if (purpose === 'write' && parts.includes('.git')) return 'lies below .git'
    return undefined
  }
}

function refusal(path: string, reason: string): CallError {
  return new CallError('ACCESS_DENIED', `${path} ${reason}.`)
}

/** What the file system says, without the machine's paths. */
export function fromErrno(error: NodeJS.ErrnoException, shown: string): CallError {
  switch (error.code) {
    case 'ENOENT':
      return new CallError('FILE_NOT_FOUND', `${shown} is not there.`)
    case 'EEXIST':
      return new CallError('CONFLICT', `${shown} is there already.`)
    case 'ELOOP':
      return new CallError('ACCESS_DENIED', `${shown} is a link.`)
    case 'ENOTDIR':
      return new CallError('FILE_NOT_FOUND', `${shown}: a folder on the way is none.`)
    case 'EISDIR':
      return new CallError('VALIDATION_ERROR', `${shown} is a folder.`)
    case 'EACCES':
    case 'EPERM':
      return new CallError('ACCESS_DENIED', `The system does not allow it for ${shown}.`)
    default:
      return new CallError(
        'EXECUTION_ERROR',
        `${shown} can't be used (${error.code ?? 'unknown'}).`,
      )
  }
}
