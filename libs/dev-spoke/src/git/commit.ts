import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { OperationContext } from '@alkdev/operations'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { mutation } from '../define.ts'
import type { DevOperation } from '../define.ts'
import { ownerOf } from '../shell/owner-of.ts'
import { worktreeInput } from '../worktree-input.ts'
import { addToIndex, changedFiles } from './changed-files.ts'
import { branchOf, commitOf, treeOf } from './refs.ts'
import { runGit } from './run-git.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

/** Entries of the reflog in which a commit is looked up by its key. */
const MAX_REFLOG = 1000

const Input = Type.Object(
  {
    message: Type.String({
      minLength: 1,
      maxLength: 20_000,
      pattern: '^[^\\u0000]*\\S[^\\u0000]*$',
    }),
    paths: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
        minItems: 1,
        maxItems: 1000,
        description: 'Files and folders to add. Without it all changes, also untracked files.',
      }),
    ),
    ...worktreeInput,
  },
  { additionalProperties: false },
)
const Output = Type.Object({
  commit: Type.String(),
  tree: Type.String(),
  branch: Type.Union([Type.String(), Type.Null()]),
})
type Output = Static<typeof Output>

/** `git.commit`: adds changes to the index and commits it on the branch that is checked out. */
export function commitOperation(folder: ConfinedFolder): DevOperation {
  return mutation(
    {
      id: 'git.commit',
      title: 'Commit changes',
      description:
        'Commits the changes of the folder or of one of its worktrees, also untracked files that are not ignored, on the branch that is checked out. Hooks, filters and signing are off; submodules are left out. In a session the message gets the trailer `Alkhub-Session`; lines that name a session are left out. CONFLICT when there is nothing to commit, a file has an unresolved conflict, or a merge or rebase is unfinished.',
      tags: ['git', 'commit', 'save'],
      scope: 'git:write',
      input: Input,
      output: Output,
    },
    async (input, context) => {
      const target = await targetOf(folder, input.worktree, context.signal)
      return folder.exclusively(() => commit(target, input, context))
    },
    async (input, context) =>
      recover(await targetOf(folder, input.worktree, context.signal), context),
  )
}

async function commit(
  target: GitTarget,
  input: Static<typeof Input>,
  context: OperationContext,
): Promise<Output> {
  const { place, signal } = target
  await refuseUnfinished(target)
  const only = input.paths ?? []
  const { paths, conflicts } = await changedFiles(target, { only })
  if (conflicts.length > 0)
    throw new CodedError('CONFLICT', 'A file has an unresolved conflict.', {
      details: { conflicts: conflicts.slice(0, 100) },
    })
  await addToIndex(target, paths)
  const options = { signal, writes: true }
  const tree = (await runGit(place, ['write-tree'], options)).text.trim()
  const head = await commitOf(target, 'HEAD')
  if (head !== undefined && (await treeOf(target, head)) === tree)
    throw new CodedError('CONFLICT', 'There is nothing to commit.')
  const parent = head === undefined ? [] : ['-p', head]
  const message = `${withSession(input.message.trim(), ownerOf(context).session)}\n`
  const created = await runGit(place, ['commit-tree', tree, ...parent, '-F', '-'], {
    ...options,
    input: message,
  })
  const id = created.text.trim()
  const subject = (message.split('\n')[0] ?? '').slice(0, 200)
  const reason = `commit: ${subject}${keyMark(context)}`
  // Only when the branch has not moved meanwhile; the empty old value: only when the branch has no commit yet.
  await runGit(
    place,
    ['update-ref', '--create-reflog', '-m', reason, 'HEAD', id, head ?? ''],
    options,
  )
  return { commit: id, tree, branch: await branchOf(target) }
}

const TRAILER = /^[A-Za-z][A-Za-z0-9-]*: \S/
/** A line that names a session, as git reads it: in any case. The first paragraph has no trailers. */
const NAMED = /^alkhub-session[ \t]*:/i

/**
 * The author is the person of the repository whichever session commits: the session is a trailer, which a rebase and a cherry-pick keep. Lines of the
 * message that name one are left out, so that each commit names the session that made it, or none.
 */
function withSession(text: string, session: string | undefined): string {
  const lines = text.split('\n')
  const body = lines.findIndex((line) => line.trim() === '')
  const message = lines
    .filter((line, at) => body < 0 || at < body || !NAMED.test(line))
    .join('\n')
    .trimEnd()
  if (session === undefined) return message
  const paragraphs = message.split(/\n\s*\n/)
  const last = paragraphs.at(-1) ?? ''
  const hasTrailers = paragraphs.length > 1 && last.split('\n').every((line) => TRAILER.test(line))
  return `${message}${hasTrailers ? '\n' : '\n\n'}Alkhub-Session: ${session}`
}

/** The commit of an earlier call with the same key, which the reflog names. */
async function recover(target: GitTarget, context: OperationContext): Promise<Output | undefined> {
  const { place, signal } = target
  if ((await commitOf(target, 'HEAD')) === undefined) return undefined
  const args = ['log', '-g', '-n', String(MAX_REFLOG), '-z', '--format=%H %gs', 'HEAD', '--']
  const { text } = await runGit(place, args, { signal })
  const mark = keyMark(context)
  for (const entry of text.split('\0')) {
    if (!entry.endsWith(mark)) continue
    const id = entry.slice(0, entry.indexOf(' '))
    return { commit: id, tree: await treeOf(target, id), branch: await branchOf(target) }
  }
  return undefined
}

/** Marks the reflog entry of a keyed call. */
function keyMark({ idempotencyKey, identity }: OperationContext): string {
  if (idempotencyKey === undefined) return ''
  const text = JSON.stringify([identity?.id ?? '', idempotencyKey])
  return ` (key ${createHash('sha256').update(text).digest('hex').slice(0, 32)})`
}

async function refuseUnfinished({ place }: GitTarget): Promise<void> {
  for (const name of [
    'MERGE_HEAD',
    'CHERRY_PICK_HEAD',
    'REVERT_HEAD',
    'rebase-merge',
    'rebase-apply',
  ])
    if (await lstat(join(place.gitDir, name)).catch(() => undefined))
      throw new CodedError('CONFLICT', 'A merge, rebase or cherry-pick is unfinished.', {
        details: { file: name },
      })
}
