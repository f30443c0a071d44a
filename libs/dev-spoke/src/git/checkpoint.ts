import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { OperationContext } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation } from '../define.ts'
import type { DevOperation } from '../define.ts'
import { ownerOf } from '../shell/owner-of.ts'
import { worktreeInput } from '../worktree-input.ts'
import { commitOf, treeOf } from './refs.ts'
import { runGit } from './run-git.ts'
import { takeSnapshot } from './snapshot.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

/** Above the refs of all checkpoints. */
export const CHECKPOINT_ROOT = 'refs/alkhub'

const partPattern = '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$'

/** The members that name a checkpoint. */
export const checkpointName = {
  session: Type.String({ pattern: partPattern, description: 'The id of the session.' }),
  step: Type.String({ pattern: partPattern, description: 'Names the checkpoint in its session.' }),
}

const Input = Type.Object({ ...checkpointName, ...worktreeInput }, { additionalProperties: false })

const Output = Type.Object({
  ref: Type.String(),
  commit: Type.String(),
  tree: Type.String({ description: 'Equal trees have equal files.' }),
  head: Type.Union([Type.String(), Type.Null()]),
})
type Output = Static<typeof Output>

/** The ref of a checkpoint: outside of the branches and tags, so that nothing fetches or shows it. */
export function checkpointRef(name: { readonly session: string; readonly step: string }): string {
  return `${CHECKPOINT_ROOT}/${name.session}/${name.step}`
}

/** Throws ACCESS_DENIED when a session names the checkpoints of another one: they hold files that it may not read otherwise. */
export function refuseOtherSession(context: OperationContext, named: string): void {
  const { session } = ownerOf(context)
  if (session !== undefined && session !== named)
    throw new CodedError(
      'ACCESS_DENIED',
      'A session can save, restore and remove its own checkpoints only.',
    )
}

/** `git.checkpoint`: the files of a working tree as a commit under `refs/alkhub/<session>/<step>`. */
export function checkpointOperation(folder: ConfinedFolder): DevOperation {
  return mutation(
    {
      id: 'git.checkpoint',
      title: 'Save the files as a checkpoint',
      description:
        'Saves the tracked and untracked files that are not ignored as refs/alkhub/<session>/<step>. Files, index and branch do not change. A checkpoint that exists with the same files is returned, one with other files is CONFLICT.',
      tags: ['git', 'checkpoint', 'save', 'snapshot'],
      scope: 'git:write',
      input: Input,
      output: Output,
      hints: { idempotent: true },
    },
    async (input, context) => {
      refuseOtherSession(context, input.session)
      const target = await targetOf(folder, input.worktree, context.signal)
      const ref = checkpointRef(input)
      await using snapshot = await takeSnapshot(target)
      const known = await existing(target, ref)
      if (known) {
        if (known.tree === snapshot.tree) return known
        throw new CodedError('CONFLICT', `${ref} exists with other files.`)
      }
      const head = (await commitOf(target, 'HEAD')) ?? null
      const parent = head === null ? [] : ['-p', head]
      const { place, signal } = target
      const options = { signal, writes: true }
      const message = `Checkpoint ${input.step} of session ${input.session}`
      const args = ['commit-tree', snapshot.tree, ...parent, '-m', message]
      const commit = (await runGit(place, args, options)).text.trim()
      // The empty old value: only when the ref does not exist yet.
      await runGit(place, ['update-ref', ref, commit, ''], options)
      return { ref, commit, tree: snapshot.tree, head }
    },
    async (input, context) =>
      existing(await targetOf(folder, input.worktree, context.signal), checkpointRef(input)),
  )
}

async function existing(target: GitTarget, ref: string): Promise<Output | undefined> {
  const commit = await commitOf(target, ref)
  if (commit === undefined) return undefined
  const head = (await commitOf(target, `${commit}^`)) ?? null
  return { ref, commit, tree: await treeOf(target, commit), head }
}
