import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@alkdev/typebox'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation, query } from '../define.ts'
import { parseStatus } from './parse-status.ts'
import { runGit } from './run-git.ts'

/** Below the folder, so that the file operations reach the worktrees that they make. */
const worktreeFolder = '.worktrees'
const refPattern = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$'
const namePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'

export function gitOperations(folder: ConfinedFolder): IOperationDefinition[] {
  return [status(folder), diff(folder), worktreeCreate(folder), worktreeRemove(folder)]
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
      input: Type.Object(
        { worktree: Type.Optional(Type.String({ pattern: namePattern })) },
        { additionalProperties: false },
      ),
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
      const result = await runGit(
        await placeOf(folder, input.worktree),
        ['status', '--porcelain=v2', '--branch', '-z', '--ignore-submodules=all'],
        context.signal,
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
          worktree: Type.Optional(Type.String({ pattern: namePattern })),
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
        ...(input.path === undefined ? [] : ['--', `:(literal)${input.path}`]),
      ]
      const result = await runGit(await placeOf(folder, input.worktree), args, context.signal)
      return { diff: result.text, truncated: result.truncated }
    },
  )
}

function worktreeCreate(folder: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'git.worktreeCreate',
      title: 'Make a worktree',
      description: `Makes the worktree ${worktreeFolder}/<name> on a new branch (default: its name) from base (default: HEAD).`,
      tags: ['git', 'worktree', 'branch'],
      scope: 'git:write',
      input: Type.Object(
        {
          name: Type.String({ pattern: namePattern }),
          branch: Type.Optional(Type.String({ pattern: refPattern })),
          base: Type.Optional(Type.String({ pattern: refPattern })),
        },
        { additionalProperties: false },
      ),
      output: Type.Object({ path: Type.String(), branch: Type.String(), commit: Type.String() }),
    },
    async (input, context) => {
      const branch = input.branch ?? input.name
      const path = `${worktreeFolder}/${input.name}`
      await mkdir(join(folder.root, worktreeFolder), { recursive: true })
      await using above = await folder.openForReading(worktreeFolder)
      if (!(await above.stat()).isDirectory())
        throw new CallError('CONFLICT', `${worktreeFolder} is no folder.`)
      await exclude(folder, context.signal)
      const add = ['worktree', 'add', '--quiet', '-b', branch, path, input.base ?? 'HEAD']
      await runGit(folder.root, add, context.signal)
      const head = await runGit(join(folder.root, path), ['rev-parse', 'HEAD'], context.signal)
      return { path, branch, commit: head.text.trim() }
    },
  )
}

function worktreeRemove(folder: ConfinedFolder): IOperationDefinition {
  return mutation(
    {
      id: 'git.worktreeRemove',
      title: 'Remove a worktree',
      description: `Removes the worktree ${worktreeFolder}/<name>; its branch stays. force discards changes that are not committed.`,
      tags: ['git', 'worktree'],
      scope: 'git:write',
      input: Type.Object(
        { name: Type.String({ pattern: namePattern }), force: Type.Optional(Type.Boolean()) },
        { additionalProperties: false },
      ),
      output: Type.Object({ path: Type.String() }),
      hints: { destructive: true },
    },
    async (input, context) => {
      const path = `${worktreeFolder}/${input.name}`
      const force = input.force ? ['--force'] : []
      await runGit(folder.root, ['worktree', 'remove', ...force, path], context.signal)
      return { path }
    },
  )
}

/** The folder, or a worktree below it whose real path was checked. */
async function placeOf(folder: ConfinedFolder, worktree: string | undefined): Promise<string> {
  if (worktree === undefined) return folder.root
  const path = `${worktreeFolder}/${worktree}`
  await using handle = await folder.openForReading(path)
  if (!(await handle.stat()).isDirectory())
    throw new CallError('FILE_NOT_FOUND', `There is no worktree ${worktree}.`)
  return join(folder.root, path)
}

/** Keeps the worktrees out of `git status`, in the clone's own exclude file. */
async function exclude(folder: ConfinedFolder, signal: AbortSignal | undefined): Promise<void> {
  const { text } = await runGit(folder.root, ['rev-parse', '--git-path', 'info/exclude'], signal)
  const file = join(folder.root, text.trim())
  const known = await readFile(file, 'utf8').catch(() => '')
  if (!known.split('\n').includes(`/${worktreeFolder}/`))
    await appendFile(
      file,
      `${known === '' || known.endsWith('\n') ? '' : '\n'}/${worktreeFolder}/\n`,
    ).catch(() => undefined)
}
