import { Type } from '@alkdev/typebox'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation, query } from '../define.ts'
import type { DevOperation } from '../define.ts'
import type { PortLeases } from '../ports/port-leases.ts'
import { worktreeInput, worktreePattern } from '../worktree-input.ts'
import { checkpointOperation } from './checkpoint.ts'
import { checkpointListOperation, checkpointRemoveOperation } from './checkpoint-refs.ts'
import { commitOperation } from './commit.ts'
import { compareOperation } from './compare.ts'
import { fastForwardOperation } from './fast-forward.ts'
import { hiddenPaths } from './hidden-paths.ts'
import { worktreeListOperation } from './list-worktrees.ts'
import { logOperation } from './log.ts'
import { parseStatus } from './parse-status.ts'
import { rebaseOperation } from './rebase.ts'
import { recoverWorktree } from './recover-worktree.ts'
import { repositoryOperation } from './repository.ts'
import { restoreOperation } from './restore.ts'
import { runGit } from './run-git.ts'
import { createWorktree, placeOf, removeWorktree, worktreeFolder } from './worktrees.ts'

const refPattern = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$'

export function gitOperations(folder: ConfinedFolder, ports: PortLeases): DevOperation[] {
  return [
    status(folder),
    diff(folder),
    logOperation(folder),
    commitOperation(folder),
    checkpointOperation(folder),
    checkpointListOperation(folder),
    checkpointRemoveOperation(folder),
    restoreOperation(folder),
    rebaseOperation(folder),
    compareOperation(folder),
    fastForwardOperation(folder),
    worktreeListOperation(folder, ports),
    worktreeCreate(folder),
    worktreeRemove(folder, ports),
    repositoryOperation(folder),
  ]
}

function status(folder: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'git.status',
      title: 'Git status',
      description:
        'The branch, its upstream and the changed files of the folder or of one of its worktrees.',
      tags: ['git', 'changes', 'branch'],
      scope: 'git:read',
      input: Type.Object({ ...worktreeInput }, { additionalProperties: false }),
      output: Type.Object({
        branch: Type.Union([Type.String(), Type.Null()]),
        commit: Type.Union([Type.String(), Type.Null()]),
        upstream: Type.Union([Type.String(), Type.Null()]),
        ahead: Type.Integer(),
        behind: Type.Integer(),
        files: Type.Array(
          Type.Object({ path: Type.String(), index: Type.String(), worktree: Type.String() }),
        ),
        truncated: Type.Boolean(),
      }),
    },
    async (input, context) => {
      const status = ['status', '--porcelain=v2', '--branch', '-z', '--ignore-submodules=all']
      const result = await runGit(
        await placeOf(folder, input.worktree),
        [...status, '--', ...hiddenPaths(input.worktree === undefined)],
        { signal: context.signal },
      )
      return { ...parseStatus(result.text), truncated: result.truncated }
    },
  )
}

function diff(folder: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'git.diff',
      title: 'Git diff',
      description:
        'The changes as a unified diff: of the working tree, of the index (staged), or against a commit or branch.',
      tags: ['git', 'changes', 'patch'],
      scope: 'git:read',
      input: Type.Object(
        {
          ...worktreeInput,
          staged: Type.Optional(Type.Boolean()),
          against: Type.Optional(Type.String({ pattern: refPattern })),
          path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
        },
        { additionalProperties: false },
      ),
      output: Type.Object({ diff: Type.String(), truncated: Type.Boolean() }),
    },
    async (input, context) => {
      const args = [
        ...['diff', '--no-ext-diff', '--no-textconv', '--no-color', '--ignore-submodules=all'],
        ...(input.staged ? ['--cached'] : []),
        ...(input.against === undefined ? [] : [input.against]),
        ...(input.path === undefined ? ['--'] : ['--', `:(literal)${input.path}`]),
        ...hiddenPaths(input.worktree === undefined),
      ]
      const place = await placeOf(folder, input.worktree)
      const result = await runGit(place, args, { signal: context.signal })
      return { diff: result.text, truncated: result.truncated }
    },
  )
}

function worktreeCreate(folder: ConfinedFolder): DevOperation {
  const wantedOf = (input: { name: string; branch?: string; base?: string }) => ({
    name: input.name,
    branch: input.branch ?? input.name,
    base: input.base ?? 'HEAD',
  })
  const answerOf = ({ name, branch }: { name: string; branch: string }, commit: string) => ({
    path: `${worktreeFolder}/${name}`,
    branch,
    commit,
  })
  return mutation(
    {
      id: 'git.worktreeCreate',
      title: 'Make a worktree',
      description: `Makes the worktree ${worktreeFolder}/<name> on a new branch (default: its name) from base (default: HEAD).`,
      tags: ['git', 'worktree', 'branch'],
      scope: 'git:write',
      input: Type.Object(
        {
          name: Type.String({ pattern: worktreePattern }),
          branch: Type.Optional(Type.String({ pattern: refPattern })),
          base: Type.Optional(Type.String({ pattern: refPattern })),
        },
        { additionalProperties: false },
      ),
      output: Type.Object({ path: Type.String(), branch: Type.String(), commit: Type.String() }),
    },
    async (input, context) => {
      const wanted = wantedOf(input)
      return answerOf(wanted, await createWorktree(folder, wanted, context.signal))
    },
    async (input, context) => {
      const wanted = wantedOf(input)
      const commit = await recoverWorktree(folder, wanted, context.signal)
      return commit === undefined ? undefined : answerOf(wanted, commit)
    },
  )
}

function worktreeRemove(folder: ConfinedFolder, ports: PortLeases): IOperationDefinition {
  return mutation(
    {
      id: 'git.worktreeRemove',
      title: 'Remove a worktree',
      description: `Removes the worktree ${worktreeFolder}/<name> and takes back its ports; its branch stays. force discards changes that are not committed.`,
      tags: ['git', 'worktree'],
      scope: 'git:write',
      input: Type.Object(
        { name: Type.String({ pattern: worktreePattern }), force: Type.Optional(Type.Boolean()) },
        { additionalProperties: false },
      ),
      output: Type.Object({ path: Type.String() }),
      hints: { destructive: true },
    },
    async (input, context) => {
      const force = input.force === true
      const { gitDir } = await removeWorktree(folder, input.name, { force, signal: context.signal })
      // Otherwise the next worktree that needs ports takes them back.
      await ports.release(gitDir, context.signal).catch(() => undefined)
      return { path: `${worktreeFolder}/${input.name}` }
    },
  )
}
