import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { changedFiles } from './changed-files.ts'
import { CHECKPOINT_ROOT } from './checkpoint.ts'
import { runGit } from './run-git.ts'
import type { GitTarget } from './worktrees.ts'

const MAX_CONFLICTS = 1000

/** Whether a rebase of the working tree has begun and not ended. */
export async function isRebasing({ place }: GitTarget): Promise<boolean> {
  for (const name of ['rebase-merge', 'rebase-apply'])
    if (await lstat(join(place.gitDir, name)).catch(() => undefined)) return true
  return false
}

/** Makes branch and files those of before the rebase. */
export async function undoRebase({ place, signal }: GitTarget): Promise<void> {
  await runGit(place, ['rebase', '--abort'], { signal, writes: true })
}

/**
 * Puts the branch at `base` and all changes of `before` into the files, with conflict markers, not committed. `before` is kept as a ref, so that an
 * interruption loses nothing.
 */
export async function markConflicts(target: GitTarget, before: string, base: string) {
  const { place, signal } = target
  const options = { signal, writes: true }
  const saved = `${CHECKPOINT_ROOT}/before-rebase/${before}`
  await runGit(place, ['update-ref', saved, before], options)
  await runGit(place, ['reset', '--hard', '--quiet', '--no-recurse-submodules', base], options)
  const merge = ['merge', '--squash', '--no-commit', '--quiet', '--no-stat', '--no-verify', before]
  let conflicts: readonly string[] = []
  try {
    await runGit(place, merge, options)
  } catch (error) {
    conflicts = (await changedFiles(target)).conflicts
    if (conflicts.length === 0) throw error
  }
  // The files keep the markers; the index no longer knows of a conflict, so that a commit is possible when they are resolved.
  await runGit(place, ['reset', '--mixed', '--quiet'], options)
  return {
    outcome: 'marked' as const,
    before,
    after: base,
    conflicts: conflicts.slice(0, MAX_CONFLICTS),
    saved,
  }
}
