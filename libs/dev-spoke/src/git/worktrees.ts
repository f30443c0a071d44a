import {
  appendFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import type { ConfinedFolder } from '../confine/confined-folder.ts'
import { pathOfHandle } from '../confine/path-of-handle.ts'
import { findRepository, findWorktree } from './find-repository.ts'
import type { GitPlace } from './find-repository.ts'
import { runGit } from './run-git.ts'
import type { RunGitOptions } from './run-git.ts'

/** Below the folder, so that the file operations reach the worktrees. */
export const worktreeFolder = '.worktrees'

/** The served folder's own repository, or a worktree `.worktrees/<name>` that this repository lists. */
export async function placeOf(
  folder: ConfinedFolder,
  worktree: string | undefined,
): Promise<GitPlace> {
  const main = await findRepository(folder.root)
  if (worktree === undefined) return main
  const path = `${worktreeFolder}/${worktree}`
  await using handle = await folder.openForReading(path)
  const real = await pathOfHandle(handle, join(folder.root, path))
  if (!(await handle.stat()).isDirectory() || real !== join(folder.root, path))
    throw new CodedError('FILE_NOT_FOUND', `There is no worktree ${worktree}.`)
  // Awaited here, so that a rejection while the handle closes has an owner.
  return await findWorktree(main, real)
}

/** What an operation calls git with: the place, its caller's signal, and whether the place is the served folder itself. */
export interface GitTarget {
  readonly place: GitPlace
  readonly isMain: boolean
  readonly signal: AbortSignal | undefined
}

/** The place of `worktree` with what else git needs. Throws as `placeOf`. */
export async function targetOf(
  folder: ConfinedFolder,
  worktree: string | undefined,
  signal: AbortSignal | undefined,
): Promise<GitTarget> {
  return { place: await placeOf(folder, worktree), isMain: worktree === undefined, signal }
}

/** Where the files of an operation lie: the served folder, or a worktree that its repository lists. Throws as `placeOf`. */
export async function folderOf(
  folder: ConfinedFolder,
  worktree: string | undefined,
): Promise<ConfinedFolder> {
  if (worktree === undefined) return folder
  return folder.below((await placeOf(folder, worktree)).workTree)
}

/** Makes `.worktrees/<name>` on a new branch; returns its commit. Throws CodedError. */
export async function createWorktree(
  folder: ConfinedFolder,
  wanted: { readonly name: string; readonly branch: string; readonly base: string },
  signal: AbortSignal | undefined,
): Promise<string> {
  const main = await findRepository(folder.root)
  await mkdir(join(folder.root, worktreeFolder), { recursive: true })
  const above = await plainFolder(folder)
  await exclude(main)
  const path = join(above, wanted.name)
  if (await lstat(path).catch(() => undefined))
    throw new CodedError('CONFLICT', `${worktreeFolder}/${wanted.name} is there already.`)
  // Made beforehand, so that git finds it through the private folder that it is given.
  await mkdir(join(main.commonDir, 'worktrees'), { recursive: true })
  const options: RunGitOptions = { signal, writes: true }
  const add = ['worktree', 'add', '--quiet', '--no-track', '--no-checkout', '-b', wanted.branch]
  await runGit(main, [...add, '--', path, wanted.base], options)
  const place = await findWorktree(main, path)
  await checkOut(place, signal)
  const head = await runGit(place, ['rev-parse', 'HEAD'], { signal })
  return head.text.trim()
}

/** The second half of making a worktree: its `.git` file, its index and its files. */
export async function checkOut(place: GitPlace, signal: AbortSignal | undefined): Promise<void> {
  // Git wrote the private folder's path, which is gone by now.
  await replaceFile(join(place.workTree, '.git'), `gitdir: ${place.gitDir}\n`)
  const reset = ['reset', '--hard', '--quiet', '--no-recurse-submodules']
  await runGit(place, reset, { signal, writes: true })
}

/**
 * Removes `.worktrees/<name>` and its entry in the repository; the branch stays. Git's own command would start git in
 * submodules, with their config. Returns where it was. Throws CodedError CONFLICT for changes that are not committed, unless `force`.
 */
export async function removeWorktree(
  folder: ConfinedFolder,
  name: string,
  options: { readonly force: boolean; readonly signal: AbortSignal | undefined },
): Promise<GitPlace> {
  const place = await placeOf(folder, name)
  if (await lstat(join(place.gitDir, 'locked')).catch(() => undefined))
    throw new CodedError('CONFLICT', `The worktree ${name} is locked.`)
  if (!options.force) await refuseLoss(place, name, options.signal)
  await rm(place.workTree, { recursive: true, force: true })
  await rm(place.gitDir, { recursive: true, force: true })
  await rmdir(join(place.commonDir, 'worktrees')).catch(() => undefined)
  return place
}

async function refuseLoss(
  place: GitPlace,
  name: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const status = ['status', '--porcelain', '-z', '--ignore-submodules=all']
  if ((await runGit(place, status, { signal })).text !== '') throw hasChanges(name)
  // Git is not run inside submodules: one that is checked out counts as a change.
  if (!(await lstat(join(place.workTree, '.gitmodules')).catch(() => undefined))) return
  const { text, truncated } = await runGit(place, ['ls-files', '--stage', '-z'], { signal })
  if (truncated) throw hasChanges(name)
  for (const entry of text.split('\0')) {
    if (!entry.startsWith('160000 ')) continue
    const path = entry.slice(entry.indexOf('\t') + 1)
    const inside = await readdir(join(place.workTree, path)).catch(() => [])
    if (inside.length > 0) throw hasChanges(name)
  }
}

function hasChanges(name: string): CodedError {
  return new CodedError(
    'CONFLICT',
    `The worktree ${name} has changes that are not committed. Commit them, or remove it with force.`,
  )
}

/** The real path of `.worktrees`, which must be a folder of its own and no link. */
async function plainFolder(folder: ConfinedFolder): Promise<string> {
  await using handle = await folder.openForReading(worktreeFolder)
  const path = join(folder.root, worktreeFolder)
  const real = await pathOfHandle(handle, path)
  if (!(await handle.stat()).isDirectory() || real !== path)
    throw new CodedError('CONFLICT', `${worktreeFolder} is not a plain folder.`)
  return path
}

/** Keeps the worktrees out of `git status`, in the clone's own exclude file. A clone without that line works as well. */
async function exclude({ commonDir }: GitPlace): Promise<void> {
  const file = join(commonDir, 'info/exclude')
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known.split('\n').includes(`/${worktreeFolder}/`)) return
  await mkdir(join(commonDir, 'info'), { recursive: true })
  const gap = known === '' || known.endsWith('\n') ? '' : '\n'
  await appendFile(file, `${gap}/${worktreeFolder}/\n`).catch(() => undefined)
}

async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.${process.pid}.new`
  await writeFile(next, text)
  await rename(next, file)
}
