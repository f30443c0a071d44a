import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { parseSettings } from './own-config.ts'
import type { GitSetting } from './own-config.ts'
import { spawnGit } from './spawn-git.ts'

interface Known {
  readonly stamp: string
  readonly settings: readonly GitSetting[]
}

/** What files said that have not changed since, by path; the one that was read first is forgotten first. */
const known = new Map<string, Known>()
const MAX_KNOWN = 64
/** A file that has changed so lately can change again and look the same: some file systems keep times to two seconds. */
const SETTLED_MS = 3000

/**
 * The settings of one git config file; included files are not read. None when there is no such file. A file is read again when its
 * time of change, size or inode is another one. Throws CodedError EXECUTION_ERROR when git can't read it.
 */
export async function readConfigFile(
  file: string,
  signal?: AbortSignal,
): Promise<readonly GitSetting[]> {
  const info = await stat(file, { bigint: true }).catch(() => undefined)
  if (!info?.isFile()) return []
  const stamp = [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join(' ')
  const last = known.get(file)
  if (last?.stamp === stamp) return last.settings
  const settings = await readWithGit(file, signal)
  known.delete(file)
  if (Date.now() - Number(info.ctimeMs) > SETTLED_MS) known.set(file, { stamp, settings })
  for (const oldest of known.keys()) {
    if (known.size <= MAX_KNOWN) break
    known.delete(oldest)
  }
  return settings
}

async function readWithGit(file: string, signal: AbortSignal | undefined): Promise<GitSetting[]> {
  // Git looks for a repository where it is started: an empty folder has none.
  const empty = await realpath(await mkdtemp(join(tmpdir(), 'alkdev-git-')))
  try {
    const { text, truncated } = await spawnGit({
      args: ['config', '--file', file, '--no-includes', '--list', '-z'],
      cwd: empty,
      env: { GIT_CEILING_DIRECTORIES: dirname(empty) },
      signal,
      show: () => "The repository's config can't be read.",
    })
    if (truncated) throw new CodedError('EXECUTION_ERROR', "The repository's config is too large.")
    return parseSettings(text)
  } finally {
    await rm(empty, { recursive: true, force: true })
  }
}
