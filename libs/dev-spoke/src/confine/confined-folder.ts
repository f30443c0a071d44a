import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { isInGitLookAlike } from './git-look-alike.ts'
import { pathOfHandle } from './path-of-handle.ts'
import { plainName } from './plain-name.ts'
import { runsByItself } from './runs-by-itself.ts'
import { SecretFiles } from './secret-files.ts'

export type Purpose = 'read' | 'write'

/** First folders of the root that hold a hub's own keys. */
const hubFolders = new Set(['.alkhub', 'secrets'])

export interface WriteOptions {
  readonly mustBeNew: boolean
  /** The caller knows that git or a shell will run or obey the file without being asked. */
  readonly runsByItself: boolean
}

/**
 * A folder that file operations stay in. Paths are relative to it; what leads out (by `..` or by a link) and the hub's own folders
 * are ACCESS_DENIED; for writing also anything below a `.git`, what git would take for a git folder, and files with further hard
 * links. The decision is made on the file that was opened, so that a link put there meanwhile changes nothing.
 */
export class ConfinedFolder {
  readonly root: string
  readonly #secrets: SecretFiles
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(root: string, secretFolders: readonly string[]) {
    this.root = root
    this.#secrets = new SecretFiles([
      ...[...hubFolders].map((name) => join(root, name)),
      ...secretFolders,
    ])
  }

  /** `secretFolders`: further folders whose files are refused under every name (hard links). */
  static async open(
    folder: string,
    secretFolders: readonly string[] = [],
  ): Promise<ConfinedFolder> {
    return new ConfinedFolder(await realpath(folder), secretFolders)
  }

  /** Runs one writer after the other: the rules look at what lies beside the file that is written. */
  async exclusively<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(write)
    this.#writing = result.catch(() => undefined)
    return result
  }

  /** Opens what is at `path` for reading; a folder too. */
  async openForReading(path: string): Promise<FileHandle> {
    const wanted = this.#inside(path, 'read')
    // Without O_NONBLOCK opening a named pipe would wait for its writer.
    return this.#checked(wanted, path, 'read', constants.O_RDONLY | constants.O_NONBLOCK)
  }

  /** Opens a file for writing without emptying it; makes it when it is not there. Its folder must be there. */
  async openForWriting(path: string, options: WriteOptions): Promise<FileHandle> {
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
    const folder = await pathOfHandle(parent, dirname(wanted))
    await this.refuseWriting(join(folder, name), path, options)
    // The name is looked up in the folder that was checked, not once more along the path.
    const place =
      process.platform === 'linux' ? `/proc/self/fd/${parent.fd}/${name}` : join(folder, name)
    // Awaited here: the folder's handle must stay open until then.
    return await this.#checked(place, path, 'write', flags, wanted)
  }

  /** Throws ACCESS_DENIED when no file may be made or changed at a path whose existing part is real. `shown` is the caller's path. */
  async refuseWriting(
    real: string,
    shown: string,
    options: Pick<WriteOptions, 'runsByItself'>,
  ): Promise<void> {
    const reason = this.#reason(real, 'write')
    if (reason !== undefined) throw refusal(shown, reason)
    if (await isInGitLookAlike(this.root, real))
      throw refusal(shown, 'would lie in what git takes for a git folder (HEAD, objects, refs)')
    if (!options.runsByItself && (await runsByItself(this.root, real)))
      throw refusal(
        shown,
        'is run or obeyed by git or a shell without being asked; set runsByItself to true to write it',
      )
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
      await this.#refuseHardLink(handle, shown, purpose)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async #refuseHardLink(handle: FileHandle, shown: string, purpose: Purpose): Promise<void> {
    const info = await handle.stat()
    if (!info.isFile() || info.nlink < 2) return
    if (await this.#secrets.has(info)) throw refusal(shown, "is one of the hub's own files")
    if (purpose === 'write')
      throw refusal(shown, 'has further names (hard links), which would be changed with it')
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
    if (path.split(sep)[0] === '..' || isAbsolute(path)) return 'leads out of the folder'
    // A backslash separates folders where this repository may be checked out next.
    const parts = path.split(/[\\/]/).map(plainName)
    if (hubFolders.has(parts[0] ?? '')) return "is one of the hub's own folders"
    if (parts.includes('.alkhub')) return "is one of the hub's own folders"
    if (purpose === 'write' && parts.includes('.git')) return 'lies below .git'
    return undefined
  }
}

function refusal(path: string, reason: string): CodedError {
  return new CodedError('ACCESS_DENIED', `${path} ${reason}.`)
}

/** What the file system says, without the machine's paths. */
export function fromErrno(error: NodeJS.ErrnoException, shown: string): CodedError {
  switch (error.code) {
    case 'ENOENT':
      return new CodedError('FILE_NOT_FOUND', `${shown} is not there.`)
    case 'EEXIST':
      return new CodedError('CONFLICT', `${shown} is there already.`)
    case 'ELOOP':
      return new CodedError('ACCESS_DENIED', `${shown} is a link.`)
    case 'ENOTDIR':
      return new CodedError('FILE_NOT_FOUND', `${shown}: a folder on the way is none.`)
    case 'EISDIR':
      return new CodedError('VALIDATION_ERROR', `${shown} is a folder.`)
    case 'EACCES':
    case 'EPERM':
      return new CodedError('ACCESS_DENIED', `The system does not allow it for ${shown}.`)
    default:
      return new CodedError(
        'EXECUTION_ERROR',
        `${shown} can't be used (${error.code ?? 'unknown'}).`,
        { cause: error },
      )
  }
}
