import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation } from '../define.ts'
import { commitOf } from './refs.ts'
import { runGit } from './run-git.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

const refPattern = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$'
const commitPattern = '^([0-9a-f]{40}|[0-9a-f]{64})$'

const Input = Type.Object(
  {
    branch: Type.String({ pattern: refPattern }),
    to: Type.String({ pattern: refPattern, description: 'A commit or a branch.' }),
    expect: Type.Optional(
      Type.String({
        pattern: commitPattern,
        description: 'The commit that the branch must have. Without it the branch must be new.',
      }),
    ),
  },
  { additionalProperties: false },
)
const Output = Type.Object({
  outcome: Type.Union([
    Type.Literal('updated'),
    Type.Literal('unchanged', { description: 'The branch was there already.' }),
    Type.Literal('moved', { description: 'The branch has another commit than was expected.' }),
  ]),
  head: Type.Union([Type.String(), Type.Null()]),
})

/** `git.fastForward`: moves a branch that is checked out nowhere to a commit that follows it, by compare-and-swap. */
export function fastForwardOperation(folder: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'git.fastForward',
      title: 'Move a branch forward',
      description:
        'Moves a branch to a commit that follows the expected one, when the branch still has that commit; without `expect` it makes the branch. CONFLICT when the branch is checked out anywhere, or the commit does not follow.',
      tags: ['git', 'merge', 'branch'],
      scope: 'git:write',
      input: Input,
      output: Output,
      hints: { idempotent: true },
      retry: 'safe',
    },
    async (input, context) => {
      const target = await targetOf(folder, undefined, context.signal)
      return folder.exclusively(() => fastForward(target, input))
    },
  )
}

async function fastForward(
  target: GitTarget,
  { branch, to, expect }: Static<typeof Input>,
): Promise<Static<typeof Output>> {
  const { place, signal } = target
  const ref = `refs/heads/${branch}`
  const commit = await commitOf(target, to)
  if (commit === undefined) throw new CodedError('FILE_NOT_FOUND', `There is no commit ${to}.`)
  const current = await commitOf(target, ref)
  if (current === commit) return { outcome: 'unchanged', head: commit }
  if (current !== expect) return { outcome: 'moved', head: current ?? null }
  if (await isCheckedOut(target, ref))
    throw new CodedError(
      'CONFLICT',
      `The branch ${branch} is checked out; its files would not follow. Name another branch, or check out another one there.`,
      { details: { reason: 'checked-out' } },
    )
  if (expect !== undefined && !(await isAncestor(target, expect, commit)))
    throw new CodedError('CONFLICT', `${commit} does not follow ${expect}.`, {
      details: { reason: 'not-forward' },
    })
  const args = ['update-ref', '--create-reflog', '-m', 'alkhub: fast-forward', ref, commit]
  try {
    // The empty old value: only when the branch does not exist yet.
    await runGit(place, [...args, expect ?? ''], { signal, writes: true })
  } catch (error) {
    const now = await commitOf(target, ref)
    if (now === current) throw error
    return { outcome: now === commit ? 'unchanged' : 'moved', head: now ?? null }
  }
  return { outcome: 'updated', head: commit }
}

/** Whether any working tree of the repository has the branch checked out, or rebases it. */
async function isCheckedOut({ place }: GitTarget, ref: string): Promise<boolean> {
  const { commonDir } = place
  const linked = await readdir(join(commonDir, 'worktrees')).catch(() => [])
  const gitDirs = [commonDir, ...linked.map((name) => join(commonDir, 'worktrees', name))]
  const found = await Promise.all(
    gitDirs.flatMap((gitDir) => [
      firstLine(join(gitDir, 'HEAD')),
      firstLine(join(gitDir, 'rebase-merge/head-name')),
      firstLine(join(gitDir, 'rebase-apply/head-name')),
    ]),
  )
  return found.some((line) => line === `ref: ${ref}` || line === ref)
}

async function firstLine(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n', 1)[0] ?? ''
}

async function isAncestor(
  { place, signal }: GitTarget,
  ancestor: string,
  commit: string,
): Promise<boolean> {
  const { text } = await runGit(place, ['rev-list', '--max-count=1', ancestor, `^${commit}`], {
    signal,
  })
  return text.trim() === ''
}
