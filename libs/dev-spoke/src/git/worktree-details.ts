import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { changedFiles } from './changed-files.ts'
import { runGit } from './run-git.ts'
import { targetOf } from './worktrees.ts'
import type { GitTarget } from './worktrees.ts'

/** Files and folders of a worktree whose size is added up; with more of them the size is not known. */
const MAX_ENTRIES = 50_000
const BLOCK_BYTES = 512
const MAX_AHEAD = 1000

export interface WorktreeDetails {
  /** Files that differ from the last commit, or are new and not ignored; null when git can't tell. */
  readonly changed: number | null
  /** Commits that are on no other branch of the repository, at most 1,000; null when git can't tell. */
  readonly ahead: number | null
  /** What the files use on the disk, ignored ones included; null when there are more than 50,000. */
  readonly diskBytes: number | null
}

/** Looks into one worktree below `.worktrees`. Never rejects for what is wrong with the worktree; rejects with the signal's reason. */
export async function worktreeDetails(
  folder: ConfinedFolder,
  worktree: { readonly name: string; readonly path: string; readonly branch: string | null },
  signal: AbortSignal | undefined,
): Promise<WorktreeDetails> {
  const unknown = (): null => {
    signal?.throwIfAborted()
    return null
  }
  const target = await targetOf(folder, worktree.name, signal).catch(unknown)
  const changed = target && (await changedFiles(target).then(({ paths }) => paths.length, unknown))
  const ahead = target && (await ownCommits(target, worktree.branch).catch(unknown))
  const diskBytes = await usedBytes(join(folder.root, worktree.path), signal).catch(unknown)
  return { changed, ahead, diskBytes }
}

/** How many commits would be on no branch without this one. */
async function ownCommits(
  { place, signal }: GitTarget,
  branch: string | null,
): Promise<number | null> {
  const others = branch === null ? ['--branches'] : [`--exclude=${branch}`, '--branches']
  const args = ['rev-list', '--count', `--max-count=${MAX_AHEAD}`, 'HEAD', '--not', ...others]
  const { text } = await runGit(place, args, { signal })
  const count = Number(text.trim())
  return Number.isSafeInteger(count) ? count : null
}

async function usedBytes(root: string, signal: AbortSignal | undefined): Promise<number | null> {
  let [bytes, entries] = [0, 0]
  const folders = [root]
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    signal?.throwIfAborted()
    // oxlint-disable no-await-in-loop -- one folder after the other, so that other calls are served
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (++entries > MAX_ENTRIES) return null
      const below = join(path, entry.name)
      const { blocks } = await lstat(below)
      bytes += blocks * BLOCK_BYTES
      if (entry.isDirectory()) folders.push(below)
    }
    // oxlint-enable no-await-in-loop
  }
  return bytes
}
