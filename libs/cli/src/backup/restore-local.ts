import { mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { getValue, MASTER_KEY_FILE, serviceConfigFile } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { writeFiles } from '@alkdev/service/admin'
import type { StackFile } from '@alkdev/service/admin'
import { restoreDatabase } from '@alkdev/storage/backup'
import type { BackupFrame, RestoreOptions, RestoreResult } from '@alkdev/storage/backup'
import { startPostgres } from '../servers/postgres-server.ts'
import type { StackPaths } from '../stack/paths.ts'
import { removeLeftRestores } from './left-restores.ts'
import { holdStack, isOwnServer, ownHome } from './local-postgres.ts'

export interface LocalRestore {
  readonly files: readonly StackFile[]
  /** Reads the backup from its beginning. */
  readonly frames: () => AsyncIterable<BackupFrame>
  /** A file with the URL of the PostgreSQL to use instead of one of our own. */
  readonly postgresFile: string | undefined
  readonly options: RestoreOptions & { readonly signal: AbortSignal }
}

export interface LocalRestored extends RestoreResult {
  /** Where the former data was moved. */
  readonly movedAside: readonly string[]
}

/**
 * Makes the stack of a backup beside that of this clone, and exchanges them when everything was loaded and compared: until then nothing is
 * changed. Former data is moved aside, and only with `force`. Throws OperatorError when the stack runs or has data.
 */
export async function restoreLocal(
  paths: StackPaths,
  { files, frames, postgresFile, options }: LocalRestore,
): Promise<LocalRestored> {
  await using held = new AsyncDisposableStack()
  held.defer(await holdStack(paths))
  const home = await ownHome(paths)
  const targets = [paths.config, paths.adminKey, paths.spokeKey, home]
  const former: string[] = []
  for (const path of targets)
    if (path === paths.config ? await hasConfig(paths) : await isThere(path)) former.push(path)
  if (former.length > 0 && options.force !== true)
    throw new OperatorError(
      `There is a stack in this clone already: ${former[0]}.`,
      'Nothing was changed. Restore in another clone, or replace this one with --force: its data is moved aside.',
    )
  for (const folder of new Set([paths.home, dirname(home)])) await removeLeftRestores(folder)
  const stage = await mkdtemp(join(paths.home, 'restore-'))
  held.defer(() => rm(stage, { recursive: true, force: true }))
  await writeFiles(stage, files, 0o600)
  const url = await urlIn(join(stage, 'config'))
  const external =
    postgresFile === undefined ? undefined : (await readFile(postgresFile, 'utf8')).trim()
  if (external === undefined && !isOwnServer(url))
    throw new OperatorError(
      'The stack of the backup used a PostgreSQL of its own operator.',
      'Nothing was changed. Name the one to restore into with --postgres-file FILE.',
    )
  const next = `${home}.restore-${process.pid}`
  held.defer(() => rm(next, { recursive: true, force: true }))
  const result =
    external === undefined
      ? await loadOwn(next, decodeURIComponent(new URL(url).password), frames(), options)
      : await restoreDatabase(external, frames(), options)
  options.signal.throwIfAborted()
  const suffix = `before-${Date.now()}`
  for (const path of former) await rename(path, `${path}.${suffix}`)
  if (external === undefined) await rename(next, home)
  await rename(join(stage, 'config'), paths.config).catch(async (error: unknown) => {
    // A folder without config files.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    await rename(paths.config, `${paths.config}.${suffix}`)
    await rename(join(stage, 'config'), paths.config)
  })
  for (const [name, path] of [
    ['admin.key', paths.adminKey],
    ['spoke.key', paths.spokeKey],
  ] as const)
    if (await isThere(join(stage, name))) await rename(join(stage, name), path)
  return { ...result, movedAside: former.map((path) => `${path}.${suffix}`) }
}

/** Loads the database into a new data folder, and stops the server again. */
async function loadOwn(
  home: string,
  password: string,
  frames: AsyncIterable<BackupFrame>,
  options: LocalRestore['options'],
): Promise<RestoreResult> {
  await using server = await startPostgres({
    password,
    keepIn: () => Promise.resolve(home),
    signal: options.signal,
  })
  return await restoreDatabase(server.url, frames, options)
}

/** The URL of PostgreSQL in the config of the backup, which its master key opens. */
async function urlIn(config: string): Promise<string> {
  try {
    return String(
      await getValue({
        path: join(config, serviceConfigFile('gateway')),
        masterKeyPath: join(config, MASTER_KEY_FILE),
        setting: 'postgres.url',
        reveal: true,
      }),
    )
  } catch (cause) {
    throw new OperatorError(
      'The config files of the backup can not be opened with its master key.',
      'Nothing was changed. Use another backup.',
      { cause },
    )
  }
}

function hasConfig(paths: StackPaths): Promise<boolean> {
  return isThere(join(paths.config, serviceConfigFile('gateway')))
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
