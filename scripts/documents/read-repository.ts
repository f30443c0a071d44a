import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders that are not part of the repository: git ignores them, or they are git's own. */
const SKIPPED_FOLDERS = new Set([
  'node_modules',
  '.git',
  '.types',
  '.alkhub',
  '.worktrees',
  'dist',
  'secrets',
  'hub-secrets',
])
/** Endings that git ignores. */
const SKIPPED_ENDINGS = ['.log', '.tgz', '.tsbuildinfo', '.tmp.json']
const MAX_TEXT_BYTES = 4 * 1024 * 1024

/** The files and folders of the repository. Paths are relative to its root. */
export interface Repository {
  readonly files: readonly string[]
  readonly folders: ReadonlySet<string>
  /** The content of a text file; undefined where no file is, for binary files and for files of more than 4 MiB. */
  read(path: string): string | undefined
  /** Whether a file or a folder has this path, with the same case. */
  has(path: string): boolean
}

/** Reads the list of files below `root`. Contents are read at the first `read` and kept. */
export function readRepository(root: string): Repository {
  const files: string[] = []
  const folders = new Set<string>([''])
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (SKIPPED_FOLDERS.has(entry.name)) continue
        folders.add(path)
        walk(path)
      } else if (entry.isFile() && !SKIPPED_ENDINGS.some((ending) => entry.name.endsWith(ending))) {
        files.push(path)
      }
    }
  }
  walk('')
  const known = new Set(files)
  const texts = new Map<string, string | undefined>()
  return {
    files,
    folders,
    has: (path) => known.has(path) || folders.has(path),
    read(path) {
      if (!known.has(path)) return undefined
      if (!texts.has(path)) texts.set(path, readText(join(root, path)))
      return texts.get(path)
    },
  }
}

function readText(path: string): string | undefined {
  const bytes = readFileSync(path)
  if (bytes.length > MAX_TEXT_BYTES || bytes.includes(0)) return undefined
  return bytes.toString('utf8')
}
