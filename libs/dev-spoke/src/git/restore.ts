import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { plainName } from '../confine/plain-name.ts'
import { mutation } from '../define.ts'
import { worktreeInput } from '../worktree-input.ts'
import { checkpointName, checkpointRef, refuseOtherSession } from './checkpoint.ts'
import { commitOf, treeOf } from './refs.ts'
import { runGit } from './run-git.ts'
import { takeSnapshot } from './snapshot.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

const MAX_LIST_BYTES = 16 * 1024 * 1024

/** `git.restore`: the files of a working tree as a checkpoint saved them. */
export function restoreOperation(folder: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'git.restore',
      title: 'Restore a checkpoint',
      description:
        'Brings the files back to a checkpoint: changed files are written, files that came later are removed, ignored files stay. Index and branch do not change. Save a checkpoint first to be able to undo it.',
      tags: ['git', 'checkpoint', 'revert', 'undo'],
      scope: 'git:write',
      input: Type.Object({ ...checkpointName, ...worktreeInput }, { additionalProperties: false }),
      output: Type.Object({
        ref: Type.String(),
        commit: Type.String(),
        tree: Type.String({ description: 'The tree of the files now; equals the checkpoint.' }),
        changedFiles: Type.Integer(),
      }),
      hints: { destructive: true, idempotent: true },
      retry: 'safe',
    },
    async (input, context) =>
      folder.exclusively(async () => {
        refuseOtherSession(context, input.session)
        const target = await targetOf(folder, input.worktree, context.signal)
        const ref = checkpointRef(input)
        const commit = await commitOf(target, ref)
        if (commit === undefined) throw new CodedError('FILE_NOT_FOUND', `There is no ${ref}.`)
        const tree = await treeOf(target, commit)
        const changedFiles = await restoreTree(target, tree)
        await using after = await takeSnapshot(target)
        if (after.tree !== tree)
          throw new CodedError(
            'EXECUTION_ERROR',
            'The files are not as in the checkpoint: they were changed meanwhile, or a submodule differs.',
          )
        return { ref, commit, tree, changedFiles }
      }),
  )
}

/** Makes the files those of the tree. Returns how many differed. */
async function restoreTree(target: GitTarget, tree: string): Promise<number> {
  const { place, signal } = target
  await using before = await takeSnapshot(target)
  if (before.tree === tree) return 0
  const { text, truncated } = await runGit(
    place,
    ['diff-tree', '-r', '-z', '--name-only', '--no-renames', before.tree, tree],
    { signal, maxOutputBytes: MAX_LIST_BYTES },
  )
  if (truncated) throw new CodedError('EXECUTION_ERROR', 'Too many files differ.')
  const paths = text.split('\0').filter((path) => path !== '')
  for (const path of paths) refuseHidden(path, target.isMain)
  // Hooks, filters and submodules are off in the config that runGit gives.
  const args = ['read-tree', '--reset', '-u', '--no-recurse-submodules', tree]
  await runGit(place, args, { signal, writes: true, indexFile: before.indexFile })
  return paths.length
}

/** A checkpoint that was not made here may hold files of the hub's own folders. */
function refuseHidden(path: string, isMain: boolean): void {
  const parts = path.split(/[\\/]/).map(plainName)
  if (parts.includes('.alkhub') || (isMain && parts[0] === 'secrets'))
    throw new CodedError('ACCESS_DENIED', "The checkpoint holds files of the hub's own folders.")
}
