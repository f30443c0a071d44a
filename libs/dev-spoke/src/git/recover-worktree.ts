import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { branchOf, commitOf } from './refs.ts'
import { runGit } from './run-git.ts'
import { checkOut, targetOf, worktreeFolder } from './worktrees.ts'

/**
 * What became of `createWorktree` when the spoke was killed during it: the commit of the worktree, which is completed if its files are
 * missing, or undefined when there is no such worktree. Throws CodedError CONFLICT when the worktree has another branch or base.
 */
export async function recoverWorktree(
  folder: ConfinedFolder,
  wanted: { readonly name: string; readonly branch: string; readonly base: string },
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const path = join(folder.root, worktreeFolder, wanted.name)
  if (!(await lstat(path).catch(() => undefined))) return undefined
  const target = await targetOf(folder, wanted.name, signal)
  const commit = await commitOf(target, 'HEAD')
  const base = await commitOf(await targetOf(folder, undefined, signal), wanted.base)
  const other = new CodedError(
    'CONFLICT',
    `${worktreeFolder}/${wanted.name} is there already with another branch or base.`,
  )
  if (commit === undefined || base === undefined) throw other
  if ((await branchOf(target)) !== wanted.branch) throw other
  const fork = await runGit(target.place, ['merge-base', base, commit], { signal }).catch(
    () => null,
  )
  if (fork?.text.trim() !== base) throw other
  // The index comes with the files.
  if (!(await lstat(join(target.place.gitDir, 'index')).catch(() => undefined)))
    await checkOut(target.place, signal)
  return commit
}
