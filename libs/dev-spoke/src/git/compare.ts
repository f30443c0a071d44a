import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { query } from '../define.ts'
import { commitOf } from './refs.ts'
import { runGit } from './run-git.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

const MAX_COMMITS = 1000
const MAX_PATCH_BYTES = 64 * 1024 * 1024
const refPattern = '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$'

const Side = Type.Object({
  commits: Type.Array(Type.Object({ commit: Type.String(), patchId: Type.String() })),
  truncated: Type.Boolean(),
})

/** `git.compare`: what each of two branches has that the other has not, with patch ids. */
export function compareOperation(folder: ConfinedFolder): IOperationDefinition {
  return query(
    {
      id: 'git.compare',
      title: 'Compare two branches',
      description: `The commits that only one of two branches or commits has, oldest first, each with its patch id: commits with the same change have the same id, also after a rebase. ${MAX_COMMITS} of each at most; merges and commits without a change are left out.`,
      tags: ['git', 'merge', 'branch', 'compare'],
      scope: 'git:read',
      input: Type.Object(
        {
          from: Type.String({ pattern: refPattern }),
          to: Type.String({ pattern: refPattern }),
        },
        { additionalProperties: false },
      ),
      output: Type.Object({
        from: Type.String({ description: 'The commit of `from`.' }),
        to: Type.String(),
        base: Type.Union([Type.String(), Type.Null()]),
        onlyFrom: Side,
        onlyTo: Side,
      }),
    },
    async (input, context) => {
      const target = await targetOf(folder, undefined, context.signal)
      const [from, to] = [await need(target, input.from), await need(target, input.to)]
      const base = await mergeBase(target, from, to)
      return {
        from,
        to,
        base,
        onlyFrom: await patchesOf(target, from, to),
        onlyTo: await patchesOf(target, to, from),
      }
    },
  )
}

async function need(target: GitTarget, name: string): Promise<string> {
  const commit = await commitOf(target, name)
  if (commit === undefined) throw new CodedError('FILE_NOT_FOUND', `There is no commit ${name}.`)
  return commit
}

async function mergeBase(
  { place, signal }: GitTarget,
  from: string,
  to: string,
): Promise<string | null> {
  const { text } = await runGit(place, ['merge-base', from, to], { signal }).catch(
    (error: unknown) => {
      if (error instanceof CodedError && error.code === 'EXECUTION_ERROR') return { text: '' }
      throw error
    },
  )
  return text.trim() === '' ? null : text.trim()
}

/** Without lines of context, so that a change nearby does not give the commit another id. */
async function patchesOf({ place, signal }: GitTarget, tip: string, notIn: string) {
  const log = await runGit(
    place,
    [
      ...['log', '--patch', '--unified=0', '--binary', '--full-index', '--no-renames'],
      ...['--no-ext-diff', '--no-textconv', '--no-color', '--no-notes', '--no-show-signature'],
      ...['--no-decorate', '--no-merges', '--reverse', '--topo-order', '--format=commit %H'],
      ...[`--max-count=${MAX_COMMITS + 1}`, '--end-of-options', tip, `^${notIn}`, '--'],
    ],
    { signal, maxOutputBytes: MAX_PATCH_BYTES },
  )
  const { text } = await runGit(place, ['patch-id', '--stable'], { signal, input: log.text })
  const commits = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [patchId = '', commit = ''] = line.split(' ')
      return { commit, patchId }
    })
  return {
    commits: commits.slice(0, MAX_COMMITS),
    truncated: log.truncated || commits.length > MAX_COMMITS,
  }
}
