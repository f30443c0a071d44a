import { copyFile, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addToIndex, changedFiles } from './changed-files.ts'
import { runGit } from './run-git.ts'
import type { GitTarget } from './worktrees.ts'

/** A temporary index that holds the working tree as it is, and its tree. */
export interface Snapshot extends AsyncDisposable {
  readonly indexFile: string
  readonly tree: string
}

/** Writes the tracked and untracked files that are not ignored as a tree. The index of the working tree does not change. Dispose of it. */
export async function takeSnapshot(target: GitTarget): Promise<Snapshot> {
  const { place, signal } = target
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'alkdev-index-')))
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true })
  try {
    const indexFile = join(dir, 'index')
    await copyFile(join(place.gitDir, 'index'), indexFile).catch((error: unknown) => {
      // A repository without an index has no tracked files.
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error
    })
    const { paths } = await changedFiles(target, { indexFile })
    await addToIndex(target, paths, indexFile)
    const { text } = await runGit(place, ['write-tree'], { signal, writes: true, indexFile })
    return { indexFile, tree: text.trim(), [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}
