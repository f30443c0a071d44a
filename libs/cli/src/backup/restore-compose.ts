import { access, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { filesIn, withoutFiles, writeFiles } from '@alkdev/service/admin'
import type { StackFile } from '@alkdev/service/admin'
import { writeFrames } from '@alkdev/storage/backup'
import type { BackupFrame, RestoreResult } from '@alkdev/storage/backup'
import { findCompose, inContainer, requireImage, secretsFolder } from './compose.ts'
import type { Compose } from './compose.ts'
import { requireOwnEnv } from './stack-files.ts'

const SECRETS_MAIN = 'programs/restore-secrets.js'
const RESTORE_MAIN = 'programs/restore.js'
const PREFIX = 'secrets/'

export interface ComposeRestore {
  readonly root: string
  readonly files: readonly StackFile[]
  readonly frames: () => AsyncIterable<BackupFrame>
  readonly force: boolean
  readonly signal: AbortSignal
}

export interface ComposeRestored extends RestoreResult {
  readonly movedAside: readonly string[]
}

/**
 * Puts the secrets of a backup into the clone, starts PostgreSQL of docker-compose.yml, and loads the database in a container. Secrets that
 * differ are moved aside, and only with `force`. When the load fails, the former secrets are put back. Throws OperatorError when the services
 * run or the database has data, and for a `.env` that leads out of the clone.
 */
export async function restoreCompose(restore: ComposeRestore): Promise<ComposeRestored> {
  const { root, files, frames, force, signal } = restore
  const env = files.find(({ name }) => name === '.env')
  const envPath = join(root, '.env')
  const hasEnv = await isThere(envPath)
  if (!hasEnv && env !== undefined) requireOwnEnv(root, env.bytes.toString('utf8'))
  const compose = await findCompose(root)
  await requireImage(compose, signal)
  await using undo = new AsyncDisposableStack()
  if (!hasEnv && env !== undefined) {
    await writeFile(envPath, env.bytes, { mode: 0o644 })
    undo.defer(() => rm(envPath, { force: true }))
  }
  const secrets = files.filter(({ name }) => name.startsWith(PREFIX))
  const folder = await secretsFolder(root)
  const moved =
    folder === undefined
      ? await putIntoVolume(compose, secrets, force, signal)
      : await putIntoFolder(folder, secrets, force, undo)
  const result = await inContainer(
    compose,
    {
      flags: [],
      service: 'migrate',
      program: [RESTORE_MAIN, ...(force ? ['--force'] : [])],
      input: writeFrames(withoutFiles(frames())),
      signal,
    },
    readResult,
  )
  undo.move()
  return { ...result, movedAside: moved }
}

/** Writes the secrets into the folder that Compose mounts; `undo` puts the former ones back. Returns where these are. */
async function putIntoFolder(
  folder: string,
  secrets: readonly StackFile[],
  force: boolean,
  undo: AsyncDisposableStack,
): Promise<readonly string[]> {
  const there = (await isThere(folder)) ? await filesIn(folder, 'secrets') : []
  if (isSame(there, secrets)) return []
  if (there.length > 0 && !force)
    throw new OperatorError(
      `The files in ${folder} differ from those of the backup.`,
      'Nothing was changed. Restore in another clone, or replace them with --force: they are moved aside.',
    )
  const moved: string[] = []
  if (await isThere(folder)) {
    const aside = `${folder}.before-${Date.now()}`
    await rename(folder, aside)
    moved.push(aside)
    undo.defer(() => rename(aside, folder))
  }
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const own = secrets.map(({ name, bytes }) => ({ name: name.slice(PREFIX.length), bytes }))
  // Containers read the files as users of their own; the mode of the folder keeps others out.
  await writeFiles(folder, own, 0o644)
  return moved
}

/** Writes the secrets into the volume of the stack, by a container of `init`. Those in it must be the same, or are moved aside with `force`. */
async function putIntoVolume(
  compose: Compose,
  secrets: readonly StackFile[],
  force: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const list = secrets.map(({ name, bytes }) => [
    name.slice(PREFIX.length),
    bytes.toString('base64'),
  ])
  async function* input(): AsyncGenerator<Buffer> {
    yield Buffer.from(JSON.stringify(list))
  }
  return inContainer(
    compose,
    {
      flags: ['--no-deps'],
      service: 'init',
      program: [SECRETS_MAIN, ...(force ? ['--force'] : [])],
      input: input(),
      signal,
    },
    readLine<string[]>,
  )
}

const readResult = readLine<RestoreResult>

/** The last line of what a program printed, which is JSON. */
async function readLine<T>(output: AsyncIterable<Buffer>): Promise<T> {
  let text = ''
  for await (const chunk of output) text = (text + chunk.toString('utf8')).slice(-65_536)
  const line = text.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as T
  } catch (cause) {
    throw new OperatorError(
      'The container did not say what it restored.',
      'Look with `docker compose logs postgres`, and try again.',
      { cause },
    )
  }
}

function isSame(one: readonly StackFile[], other: readonly StackFile[]): boolean {
  const byName = new Map(other.map(({ name, bytes }) => [name, bytes]))
  return (
    one.length === other.length &&
    one.every(({ name, bytes }) => byName.get(name)?.equals(bytes) === true)
  )
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
