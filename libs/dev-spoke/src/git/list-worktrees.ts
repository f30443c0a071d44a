import { join } from 'node:path'
import { Type } from '@alkdev/typebox'
import type { IOperationDefinition } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { query } from '../define.ts'
import type { PortLeases, PortRange } from '../ports/port-leases.ts'
import { findRepository } from './find-repository.ts'
import { runGit } from './run-git.ts'
import { worktreeDetails } from './worktree-details.ts'
import { worktreeFolder } from './worktrees.ts'

const MAX_WORKTREES = 1000
const MAX_DETAILED = 200

/** `git.worktreeList`: the worktrees below `.worktrees`. */
export function worktreeListOperation(
  folder: ConfinedFolder,
  ports: PortLeases,
): IOperationDefinition {
  /** With more worktrees than one call looks into: where the next one begins. */
  let next = 0
  return query(
    {
      id: 'git.worktreeList',
      title: 'List worktrees',
      description: `The worktrees ${worktreeFolder}/<name> that the repository lists, with branch, commit and the ports that are its own; ${MAX_WORKTREES} at most. Worktrees in other places are left out.`,
      tags: ['git', 'worktree', 'list'],
      scope: 'git:read',
      input: Type.Object(
        {
          details: Type.Optional(
            Type.Boolean({
              description: `Also count the changed files, the commits that only its branch has, and the bytes on the disk, of ${MAX_DETAILED} worktrees at most; the next call goes on behind them.`,
            }),
          ),
        },
        { additionalProperties: false },
      ),
      output: Type.Object({
        worktrees: Type.Array(
          Type.Object({
            name: Type.String(),
            path: Type.String(),
            branch: Type.Union([Type.String(), Type.Null()]),
            commit: Type.Union([Type.String(), Type.Null()]),
            locked: Type.Boolean(),
            missing: Type.Boolean({ description: 'The folder does not exist any more.' }),
            ports: Type.Optional(
              Type.Object(
                { first: Type.Integer(), last: Type.Integer() },
                { description: 'Given with the first command of shell.run there.' },
              ),
            ),
            changed: Type.Optional(
              Type.Union([Type.Integer(), Type.Null()], {
                description: 'Files that are not committed; null when git can not tell.',
              }),
            ),
            ahead: Type.Optional(
              Type.Union([Type.Integer(), Type.Null()], {
                description:
                  'Commits that are on no other branch, at most 1,000; null when git can not tell.',
              }),
            ),
            diskBytes: Type.Optional(
              Type.Union([Type.Integer(), Type.Null()], {
                description: 'Null for more than 50,000 files.',
              }),
            ),
          }),
        ),
        truncated: Type.Boolean(),
      }),
    },
    async (input, context) => {
      const place = await findRepository(folder.root)
      const args = ['worktree', 'list', '--porcelain', '-z']
      const { text, truncated } = await runGit(place, args, { signal: context.signal })
      const worktrees = text
        .split('\0\0')
        .slice(0, truncated ? -1 : undefined)
        .flatMap((record) => parseWorktree(record, join(folder.root, worktreeFolder)))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      // A list without ports is better than none.
      const leases = await ports.byWorkTree().catch(() => new Map<string, PortRange>())
      const shown = worktrees.slice(0, MAX_WORKTREES).map((worktree) => ({
        ...worktree,
        ...compact({ ports: leases.get(join(folder.root, worktree.path)) }),
      }))
      const from = next < shown.length ? next : 0
      const details = input.details === true ? shown.slice(from, from + MAX_DETAILED) : []
      if (input.details === true) next = from + MAX_DETAILED
      for (const [at, worktree] of details.entries())
        // oxlint-disable-next-line no-await-in-loop -- one after the other, so that other calls are served
        if (!worktree.missing)
          shown[from + at] = {
            ...worktree,
            ...(await worktreeDetails(folder, worktree, context.signal)),
          }
      return {
        worktrees: shown,
        truncated: truncated || worktrees.length > MAX_WORKTREES,
      }
    },
  )
}

/** One record of `git worktree list --porcelain -z`; none for a worktree that is not directly below `above`. */
function parseWorktree(record: string, above: string) {
  const fields = new Map(
    record.split('\0').map((line) => {
      const at = line.indexOf(' ')
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
  const path = fields.get('worktree') ?? ''
  const name = path.slice(above.length + 1)
  if (!path.startsWith(`${above}/`) || name === '' || name.includes('/')) return []
  const commit = fields.get('HEAD') ?? ''
  return [
    {
      name,
      path: `${worktreeFolder}/${name}`,
      branch: fields.get('branch')?.replace(/^refs\/heads\//, '') ?? null,
      commit: /^0*$/.test(commit) ? null : commit,
      locked: fields.has('locked'),
      missing: fields.has('prunable'),
    },
  ]
}
