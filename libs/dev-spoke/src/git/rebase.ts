import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation } from '../define.ts'
import { worktreePattern } from '../worktree-input.ts'
import { changedFiles } from './changed-files.ts'
import { isRebasing, markConflicts, undoRebase } from './conflicts.ts'
import { commitOf } from './refs.ts'
import { runGit } from './run-git.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

const refPattern = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$'
const MAX_CONFLICTS = 1000

const Input = Type.Object(
  {
    // Required: never the branch that happens to be checked out in the served folder.
    worktree: Type.String({ pattern: worktreePattern }),
    onto: Type.String({ pattern: refPattern }),
    conflicts: Type.Optional(
      Type.Union([Type.Literal('undo'), Type.Literal('mark')], {
        description:
          'What a conflict does. `undo` (default): the worktree is as before. `mark`: the branch is at `onto`, and all changes of the branch are in the files, not committed, with conflict markers; the former branch is kept as `saved`.',
      }),
    ),
    undoUnfinished: Type.Optional(
      Type.Boolean({ description: 'First undoes a rebase that was interrupted.' }),
    ),
  },
  { additionalProperties: false },
)
const Output = Type.Object({
  outcome: Type.Union([
    Type.Literal('rebased'),
    Type.Literal('unchanged'),
    Type.Literal('conflict'),
    Type.Literal('marked'),
  ]),
  before: Type.String(),
  after: Type.String(),
  conflicts: Type.Array(Type.String()),
  saved: Type.Optional(Type.String({ description: 'The ref of the former branch.' })),
})

/** `git.rebase`: moves the commits of a worktree's branch onto another commit, or changes nothing. */
export function rebaseOperation(folder: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'git.rebase',
      title: 'Rebase a worktree',
      description:
        'Applies the commits of the branch of a worktree onto another branch or commit. After a conflict the worktree is as before, and the answer names the files; with `conflicts: mark` the conflicts are in the files, to be resolved and committed. CONFLICT when the worktree has changes that are not committed.',
      tags: ['git', 'rebase', 'branch', 'merge', 'conflict'],
      scope: 'git:write',
      input: Input,
      output: Output,
    },
    async (input, context) => {
      const target = await targetOf(folder, input.worktree, context.signal)
      return folder.exclusively(() => rebase(target, input))
    },
  )
}

async function rebase(
  target: GitTarget,
  { onto, conflicts: onConflict = 'undo', undoUnfinished = false }: Static<typeof Input>,
): Promise<Static<typeof Output>> {
  const { place, signal } = target
  if (await isRebasing(target)) {
    if (!undoUnfinished) throw new CodedError('CONFLICT', 'A rebase is unfinished.')
    await undoRebase(target)
  }
  const [before, base] = [await commitOf(target, 'HEAD'), await commitOf(target, onto)]
  if (before === undefined) throw new CodedError('CONFLICT', 'The branch has no commit.')
  if (base === undefined) throw new CodedError('FILE_NOT_FOUND', `There is no commit ${onto}.`)
  const dirty = ['status', '--porcelain', '-z', '--ignore-submodules=all', '--untracked-files=no']
  if ((await runGit(place, dirty, { signal })).text !== '')
    throw new CodedError('CONFLICT', 'The worktree has changes that are not committed.')
  const args = ['rebase', '--quiet', '--no-autostash', '--no-gpg-sign', '--no-verify']
  try {
    await runGit(place, [...args, '--no-stat', base], { signal, writes: true })
  } catch (error) {
    if (!(await isRebasing(target))) throw error
    // Also when the call was aborted: the worktree must not stay half way.
    const undo: GitTarget = { ...target, signal: undefined }
    const { conflicts } = await changedFiles(undo).catch(() => ({ conflicts: [] }))
    await undoRebase(undo)
    if (conflicts.length === 0) throw error
    if (onConflict === 'mark') return markConflicts(target, before, base)
    return {
      outcome: 'conflict',
      before,
      after: before,
      conflicts: conflicts.slice(0, MAX_CONFLICTS),
    }
  }
  const after = (await commitOf(target, 'HEAD')) ?? before
  return { outcome: after === before ? 'unchanged' : 'rebased', before, after, conflicts: [] }
}
