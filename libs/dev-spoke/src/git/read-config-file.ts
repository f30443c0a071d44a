import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { parseSettings } from './own-config.ts'
import type { GitSetting } from './own-config.ts'
import { spawnGit } from './spawn-git.ts'

/**
 * The settings of one git config file; included files are not read. None when there is no such file. Throws CodedError
 * EXECUTION_ERROR when git can't read it.
 */
export async function readConfigFile(file: string, signal?: AbortSignal): Promise<GitSetting[]> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) return []
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
