import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { CodedError } from '@alkdev/errors'

/** Where git runs: all paths are real and absolute. */
export interface GitPlace {
  /** The git folder of this working tree: `.git`, or `.git/worktrees/<id>`. */
  readonly gitDir: string
  /** The folder that holds objects and refs, which all working trees of the repository share. */
  readonly commonDir: string
  readonly workTree: string
}

const maxPointerBytes = 8192

/**
 * The repository of a folder, from the folder's own `.git`. Nothing above the folder is searched. A `.git` file is accepted only
 * when it names an entry below `worktrees/` of a repository and that entry names this folder in return. Throws CodedError
 * EXECUTION_ERROR with the reason `no-repository` when there is none, ACCESS_DENIED when `.git` leads elsewhere.
 */
export async function findRepository(folder: string): Promise<GitPlace> {
  const dotGit = join(folder, '.git')
  const info = await lstat(dotGit).catch(() => undefined)
  if (info === undefined)
    throw new CodedError(
      'EXECUTION_ERROR',
      'The folder is not the top folder of a git repository.',
      { details: { reason: 'no-repository' } },
    )
  if (info.isSymbolicLink()) throw leadsOut('.git is a link')
  const place = info.isDirectory()
    ? { gitDir: dotGit, commonDir: dotGit, workTree: folder }
    : await linkedPlace(folder, dotGit)
  await refuseForeignLinks(place)
  return place
}

/** The worktree at `workTree`, when the repository lists it. Throws CodedError FILE_NOT_FOUND when it does not. */
export async function findWorktree(main: GitPlace, workTree: string): Promise<GitPlace> {
  const list = join(main.commonDir, 'worktrees')
  const entries = await readdir(list, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (!entry.isDirectory()) continue
    const gitDir = join(list, entry.name)
    if ((await worktreeOf(gitDir)) !== workTree) continue
    if ((await commonDirOf(gitDir)) !== main.commonDir) continue
    const place = { gitDir, commonDir: main.commonDir, workTree }
    await refuseForeignLinks(place)
    return place
  }
  throw new CodedError('FILE_NOT_FOUND', 'The repository lists no such worktree.')
}

async function linkedPlace(folder: string, dotGit: string): Promise<GitPlace> {
  const target = /^gitdir: (.+?)\s*$/.exec(await pointer(dotGit))?.[1]
  const gitDir = target && (await realpath(resolve(folder, target)).catch(() => undefined))
  if (!gitDir || basename(dirname(gitDir)) !== 'worktrees') throw leadsOut('.git leads elsewhere')
  const commonDir = await commonDirOf(gitDir)
  if (commonDir !== dirname(dirname(gitDir)) || (await worktreeOf(gitDir)) !== folder)
    throw leadsOut('.git leads to a repository that does not list this folder')
  return { gitDir, commonDir, workTree: folder }
}

/** The working tree that an entry below `worktrees/` names. */
async function worktreeOf(gitDir: string): Promise<string | undefined> {
  const named = (await pointer(join(gitDir, 'gitdir'))).trim()
  if (basename(named) !== '.git') return undefined
  return realpath(dirname(resolve(gitDir, named))).catch(() => undefined)
}

async function commonDirOf(gitDir: string): Promise<string | undefined> {
  const named = (await pointer(join(gitDir, 'commondir'))).trim()
  return named === '' ? undefined : realpath(resolve(gitDir, named)).catch(() => undefined)
}

/** The text of a small plain file; empty for anything else. */
async function pointer(file: string): Promise<string> {
  const info = await lstat(file).catch(() => undefined)
  if (!info?.isFile() || info.size > maxPointerBytes) return ''
  return readFile(file, 'utf8').catch(() => '')
}

const ownFiles = ['HEAD', 'index', 'config.worktree', 'logs', 'logs/HEAD', 'info', 'refs']
const commonFiles = [
  ...['config', 'objects', 'objects/info', 'objects/pack', 'refs', 'refs/heads', 'packed-refs'],
  ...['reftable', 'info', 'info/exclude', 'info/attributes', 'logs', 'worktrees', 'shallow'],
]

/** Throws ACCESS_DENIED when objects, refs or settings lie outside of the git folder, by links or by alternates. */
async function refuseForeignLinks({ gitDir, commonDir }: GitPlace): Promise<void> {
  const files = new Set([
    ...ownFiles.map((name) => join(gitDir, name)),
    ...commonFiles.map((name) => join(commonDir, name)),
  ])
  for (const folder of ['objects', 'objects/pack'])
    for (const entry of await entriesOf(join(commonDir, folder)))
      if (entry.isSymbolicLink()) files.add(join(commonDir, folder, entry.name))
  for (const file of files) {
    const info = await lstat(file).catch(() => undefined)
    if (!info?.isSymbolicLink()) continue
    const target = await realpath(file).catch(() => undefined)
    if (target === undefined || !isBelow(target, commonDir))
      throw leadsOut(
        `${relative(commonDir, file)} in the git folder is a link that leads elsewhere`,
      )
  }
  const alternates = await pointer(join(commonDir, 'objects/info/alternates'))
  for (const line of alternates.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const target = await realpath(resolve(commonDir, 'objects', line)).catch(() => undefined)
    if (target !== undefined && !isBelow(target, commonDir))
      throw leadsOut('The repository borrows objects of another one (objects/info/alternates)')
  }
}

async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch(() => [])
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep)
}

function leadsOut(what: string): CodedError {
  return new CodedError('ACCESS_DENIED', `${what}; git is not run there.`)
}
