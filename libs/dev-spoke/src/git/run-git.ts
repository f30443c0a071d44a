import { lstat, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import { removeDeadLocks } from './dead-locks.ts'
import type { GitPlace } from './find-repository.ts'
import { last, ownConfig } from './own-config.ts'
import type { GitSetting } from './own-config.ts'
import { readConfigFile } from './read-config-file.ts'
import { spawnGit } from './spawn-git.ts'
import type { GitResult } from './spawn-git.ts'

export interface RunGitOptions {
  readonly signal: AbortSignal | undefined
  /** The command may write to the repository. Without it git takes no optional locks. */
  readonly writes?: boolean
  /** What git reads from its standard input. */
  readonly input?: string
  /** Default 768 KiB. */
  readonly maxOutputBytes?: number
  /** The index to use instead of the working tree's own. */
  readonly indexFile?: string
}

/** What the private folder borrows from the repository's common folder. `config`, `hooks` and the rest stay behind. */
const borrowed = ['objects', 'refs', 'reftable', 'info', 'logs', 'worktrees', 'shallow']

/**
 * Runs git in one working tree with nothing that the repository brings:
 *
 *   --git-dir, --work-tree   fixed, so no `.git` and no `core.worktree` is followed
 *   GIT_COMMON_DIR           a private folder: objects and refs are links to the repository's, `config` is our own
 *
 * The repository's config, config.worktree, included files, hooks and the user's and the system's settings are never read by the
 * command, so no filter, driver, alias, hook, monitor, pager or helper exists for it. Throws as `spawnGit`.
 */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  options: RunGitOptions,
): Promise<GitResult> {
  const settings = await readSettings(place, options.signal)
  await refuseOtherWorkTree(place, settings)
  if (options.writes === true) await removeDeadLocks(place)
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'alkdev-git-')))
  try {
    await writeFile(join(scratch, 'config'), ownConfig(settings), { mode: 0o600 })
    for (const name of borrowed) {
      const target = join(place.commonDir, name)
      if (await lstat(target).catch(() => undefined)) await symlink(target, join(scratch, name))
    }
    // Linked before it is there as well: git writes it through the link.
    await symlink(join(place.commonDir, 'packed-refs'), join(scratch, 'packed-refs'))
    return await spawnGit({
      args: [
        ...['-c', 'safe.bareRepository=explicit', '--no-pager'],
        ...(options.writes ? [] : ['--no-optional-locks']),
        ...[`--git-dir=${place.gitDir}`, `--work-tree=${place.workTree}`],
        ...args,
      ],
      cwd: place.workTree,
      env: {
        GIT_COMMON_DIR: scratch,
        GIT_CEILING_DIRECTORIES: place.workTree,
        ...compact({ GIT_INDEX_FILE: options.indexFile }),
      },
      ...compact({ input: options.input, maxOutputBytes: options.maxOutputBytes }),
      signal: options.signal,
      show: (text) => withoutPaths(text, place, scratch),
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The settings that lie in the repository's own files. */
async function readSettings(
  place: GitPlace,
  signal: AbortSignal | undefined,
): Promise<readonly GitSetting[]> {
  const shared = await readConfigFile(join(place.commonDir, 'config'), signal)
  return last(shared, 'extensions.worktreeconfig')?.toLowerCase() === 'true'
    ? [...shared, ...(await readConfigFile(join(place.gitDir, 'config.worktree'), signal))]
    : shared
}

async function refuseOtherWorkTree(
  place: GitPlace,
  settings: readonly GitSetting[],
): Promise<void> {
  // The settings of the main working tree say nothing about the others.
  if (place.gitDir !== place.commonDir) return
  const named = last(settings, 'core.worktree')
  if (named === undefined) return
  const real = await realpath(resolve(place.gitDir, named)).catch(() => undefined)
  if (real !== place.workTree)
    throw new CodedError(
      'ACCESS_DENIED',
      'core.worktree of the repository leads to another folder; git is not run there.',
    )
}

/** Git's words with names relative to the working tree, and with no other path of this machine. */
function withoutPaths(text: string, place: GitPlace, scratch: string): string {
  let shown = text.replaceAll(scratch, '.git')
  for (const path of [place.gitDir, place.commonDir]) shown = shown.replaceAll(path, '.git')
  return shown
    .replaceAll(`${place.workTree}/`, '')
    .replaceAll(place.workTree, '.')
    .replaceAll(/(?<![\w.:/-])\/[^\s'":,]+/g, '<path>')
}
