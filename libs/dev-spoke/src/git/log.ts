import { Type } from '@alkdev/typebox'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { query } from '../define.ts'
import { worktreeInput } from '../worktree-input.ts'
import { runGit } from './run-git.ts'
import { placeOf } from './worktrees.ts'

const MAX_COMMITS = 200
const MAX_BODY = 4000
const refPattern = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$'
const FIELDS = ['%H', '%P', '%an', '%ae', '%aI', '%s', '%b']
/** `git.log`: commits, newest first. */
export function logOperation(folder: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'git.log',
      title: 'Git log',
      description: `The commits that a branch or commit (default: HEAD) reaches, newest first; ${MAX_COMMITS} at most. Bodies are cut at ${MAX_BODY} characters.`,
      tags: ['git', 'history', 'commits'],
      scope: 'git:read',
      input: Type.Object(
        {
          from: Type.Optional(Type.String({ pattern: refPattern })),
          notIn: Type.Optional(
            Type.String({ pattern: refPattern, description: 'Leaves out what this one reaches.' }),
          ),
          path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
          skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_COMMITS })),
          ...worktreeInput,
        },
        { additionalProperties: false },
      ),
      output: Type.Object({
        commits: Type.Array(
          Type.Object({
            commit: Type.String(),
            parents: Type.Array(Type.String()),
            author: Type.Object({ name: Type.String(), email: Type.String() }),
            authoredAt: Type.String(),
            subject: Type.String(),
            body: Type.String(),
          }),
        ),
        truncated: Type.Boolean({ description: 'There are more commits.' }),
      }),
    },
    async (input, context) => {
      const limit = input.limit ?? 50
      const { text, truncated } = await runGit(
        await placeOf(folder, input.worktree),
        [
          ...['log', '-z', '--no-mailmap', '--no-show-signature', '--no-decorate', '--no-color'],
          ...['--no-notes', `--format=${FIELDS.join('%x00')}`, `--max-count=${limit + 1}`],
          ...[`--skip=${input.skip ?? 0}`, '--end-of-options', input.from ?? 'HEAD'],
          ...(input.notIn === undefined ? [] : [`^${input.notIn}`]),
          ...(input.path === undefined ? ['--'] : ['--', `:(literal)${input.path}`]),
        ],
        { signal: context.signal },
      )
      const commits = parseLog(text)
      return { commits: commits.slice(0, limit), truncated: truncated || commits.length > limit }
    },
  )
}

/** Fields and commits end with a zero byte, which no field can hold. A commit that was cut is left out. */
function parseLog(text: string) {
  const fields = text.split('\0')
  const count = Math.floor((fields.length - 1) / FIELDS.length)
  return Array.from({ length: count }, (_, at) =>
    parseCommit(fields.slice(at * FIELDS.length, (at + 1) * FIELDS.length)),
  )
}

function parseCommit(fields: readonly string[]) {
  const [commit = '', parents = '', name = '', email = '', authoredAt = '', subject = ''] = fields
  return {
    commit,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name, email },
    authoredAt,
    subject,
    body: (fields[6] ?? '').trim().slice(0, MAX_BODY),
  }
}
