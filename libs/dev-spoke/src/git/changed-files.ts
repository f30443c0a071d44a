import { CodedError } from '@alkdev/errors'
import { hiddenPaths } from './hidden-paths.ts'
import { runGit } from './run-git.ts'
import type { GitTarget } from './worktrees.ts'

const MAX_LIST_BYTES = 16 * 1024 * 1024

export interface ChangedFiles {
  /** Paths that differ between the index and the working tree, or are untracked and not ignored. */
  readonly paths: readonly string[]
  /** Paths with an unresolved conflict. */
  readonly conflicts: readonly string[]
}

/**
 * The files that the index does not hold as they are in the working tree. Submodules, repositories below the working tree and the hub's own
 * folders are left out. Git is not run inside submodules. `only`: paths and folders to look at. Throws CodedError as runGit, and
 * EXECUTION_ERROR when the list is longer than 16 MiB.
 */
export async function changedFiles(
  { place, isMain, signal }: GitTarget,
  options: { readonly indexFile?: string; readonly only?: readonly string[] } = {},
): Promise<ChangedFiles> {
  const { only = [], ...run } = options
  const { text, truncated } = await runGit(
    place,
    [
      ...['status', '--porcelain=v2', '-z', '--no-renames', '--untracked-files=all'],
      ...['--ignored=no', '--ignore-submodules=all', '--'],
      ...only.map((path) => `:(literal)${path}`),
      ...hiddenPaths(isMain),
    ],
    { signal, maxOutputBytes: MAX_LIST_BYTES, ...run },
  )
  if (truncated) throw new CodedError('EXECUTION_ERROR', 'Too many files have changed.')
  const paths: string[] = []
  const conflicts: string[] = []
  for (const record of text.split('\0')) {
    const kind = record[0]
    if (kind === '?') {
      // A repository of its own is shown as a folder.
      if (!record.endsWith('/')) paths.push(record.slice(2))
    } else if (kind === '1') {
      const [, state = '', , , , mode] = record.split(' ')
      // Fields before the path: 8. The second letter is the state of the working tree; a submodule has the mode 160000.
      if (state[1] !== '.' && mode !== '160000') paths.push(record.split(' ').slice(8).join(' '))
    } else if (kind === 'u') {
      const path = record.split(' ').slice(10).join(' ')
      conflicts.push(path)
      paths.push(path)
    }
  }
  return { paths, conflicts }
}

/** Brings the paths into the index as they are in the working tree. Filters do not run. */
export async function addToIndex(
  { place, signal }: GitTarget,
  paths: readonly string[],
  indexFile?: string,
): Promise<void> {
  if (paths.length === 0) return
  await runGit(place, ['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], {
    signal,
    writes: true,
    input: paths.map((path) => `${path}\0`).join(''),
    ...(indexFile !== undefined && { indexFile }),
  })
}
