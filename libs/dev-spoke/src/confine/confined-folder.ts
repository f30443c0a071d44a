import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, realpath, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { isInGitLookAlike } from './git-look-alike.ts'
import { pathOfHandle } from './path-of-handle.ts'
import { plainName } from './plain-name.ts'
import { runsByItself } from './runs-by-itself.ts'
import { SecretFiles } from './secret-files.ts'

export type Purpose = 'read' | 'write'

/** First folders of the served folder that hold a hub's own keys. */
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
  /** The served folder of which this one is a worktree. */
  readonly #main: ConfinedFolder | undefined
  readonly #secrets: SecretFiles
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(root: string, secrets: SecretFiles, main?: ConfinedFolder) {
    this.root = root
    this.#secrets = secrets
    this.#main = main
  }

  /** `secretFolders`: further folders whose files are refused under every name (hard links). */
  static async open(
    folder: string,
    secretFolders: readonly string[] = [],
  ): Promise<ConfinedFolder> {
    const root = await realpath(folder)
    const hubPaths = [...hubFolders].map((name) => join(root, name))
    return new ConfinedFolder(root, new SecretFiles([...hubPaths, ...secretFolders]))
  }

  /** A folder below this one, by its real path, that operations stay in. The rules of this folder hold in it as well. */
  below(real: string): ConfinedFolder {
    return new ConfinedFolder(real, this.#secrets, this)
  }

  /** Runs one writer after the other: the rules look at what lies beside the file that is written. */
  async exclusively<T>(write: () => Promise<T>): Promise<T> {
    if (this.#main) return this.#main.exclusively(write)
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

  /**
   * Creates a file with this content; CONFLICT when it is there already. When the content can't be written, for instance because the disk is full,
   * no file is left.
   */
  async createFile(
    path: string,
    options: Pick<WriteOptions, 'runsByItself'>,
    bytes: Buffer,
  ): Promise<void> {
    await this.#inFolder(path, { ...options, mustBeNew: true }, async (place, wanted) => {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_EXCL
      await using file = await this.#checked(place, path, 'write', flags, wanted)
      try {
        await file.writeFile(bytes)
      } catch (error) {
        await rm(place, { force: true }).catch(() => undefined)
        throw fromErrno(error as NodeJS.ErrnoException, path)
      }
    })
  }

  /**
   * Replaces a plain file that is there by what `change` makes of it, in one step: readers see the old content or the new one. The
   * permissions stay. Throws what `change` throws; then nothing has changed.
   */
  async replaceFile(
    path: string,
    options: Pick<WriteOptions, 'runsByItself'>,
    change: (old: FileHandle) => Promise<Buffer>,
  ): Promise<void> {
    await this.#inFolder(path, { ...options, mustBeNew: false }, async (place, wanted) => {
      const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK
      await using old = await this.#checked(place, path, 'write', flags, wanted)
      const info = await old.stat()
      if (!info.isFile()) throw new CodedError('VALIDATION_ERROR', `${path} is not a plain file.`)
      const bytes = await change(old)
      const next = join(dirname(place), `.${randomUUID()}.new`)
      try {
        const file = await open(next, 'wx', 0o600)
        try {
          await file.writeFile(bytes)
          await file.chmod(info.mode & 0o777)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(next, place)
      } catch (error) {
        await rm(next, { force: true }).catch(() => undefined)
        throw fromErrno(error as NodeJS.ErrnoException, path)
      }
    })
  }

  /** Calls `use` with the place of a file in its folder, which was opened and checked and stays open, and with the path that was asked for. */
  async #inFolder<T>(
    path: string,
    options: WriteOptions,
    use: (place: string, wanted: string) => Promise<T>,
  ): Promise<T> {
    const wanted = this.#inside(path, 'write')
    if (wanted === this.root) throw refusal(path, 'is the folder itself')
    await using parent = await this.#checked(
      dirname(wanted),
      path,
      'write',
      constants.O_RDONLY | constants.O_DIRECTORY,
    )
    const name = basename(wanted)
    const folder = await pathOfHandle(parent, dirname(wanted))
    await this.refuseWriting(join(folder, name), path, options)
    // The name is looked up in the folder that was checked, not once more along the path.
    const place =
      process.platform === 'linux' ? `/proc/self/fd/${parent.fd}/${name}` : join(folder, name)
    // Awaited here: the folder's handle must stay open until then.
    return await use(place, wanted)
  }

  /** Throws ACCESS_DENIED when no file may be made or changed at a path whose existing part is real. `shown` is the caller's path. */
  async refuseWriting(
    real: string,
    shown: string,
    options: Pick<WriteOptions, 'runsByItself'>,
  ): Promise<void> {
    const reason = this.#reason(real, 'write')
    if (reason !== undefined) throw refusal(shown, reason)
    if (await isInGitLookAlike(this.#main?.root ?? this.root, real))
      throw refusal(shown, 'would lie in what git takes for a git folder (HEAD, objects, refs)')
    if (
      !options.runsByItself &&
      (await runsByItself(this.#main?.root ?? this.root, real, this.root))
    )
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
    if (this.#main === undefined && hubFolders.has(parts[0] ?? ''))
      return "is one of the hub's own folders"
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
