import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { startPostgres } from '../servers/postgres-server.ts'
import { findPostgresBinaries } from '../servers/postgres-binaries.ts'
import { readStack, releaseLock, takeLock } from '../stack/lock.ts'
import { postgresHome } from '../stack/paths.ts'
import type { StackPaths } from '../stack/paths.ts'
import { isFirstStart, readSetting } from '../stack/stack-secrets.ts'

/**
 * Runs `work` with the URL of the database of the local stack: that of the running stack, or, when it does not run, of its PostgreSQL,
 * which is started for this long. No stack starts meanwhile. Throws OperatorError when there is no stack in this clone.
 */
export async function withLocalDatabase<T>(
  paths: StackPaths,
  signal: AbortSignal,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (await isFirstStart(paths))
    throw new OperatorError(
      'There is no stack in this clone: `./alkhub up` was never run here.',
      'For the containers of docker-compose.yml, add --compose.',
    )
  const running = await readStack(paths)
  const url = String(await readSetting(paths, 'gateway', 'postgres.url'))
  if (running?.report !== undefined) return work(url)
  await using held = new AsyncDisposableStack()
  held.defer(await holdStack(paths))
  const home = await ownHome(paths)
  if (
    !isOwnServer(url) ||
    (await stat(join(home, 'initialized')).catch(() => undefined)) === undefined
  )
    return await work(url)
  const server = held.use(
    await startPostgres({
      password: decodeURIComponent(new URL(url).password),
      keepIn: () => Promise.resolve(home),
      signal,
    }),
  )
  return await work(server.url)
}

/** Keeps the stack of this clone from starting until the returned function was called. Throws OperatorError when it runs. */
export async function holdStack(paths: StackPaths): Promise<() => Promise<void>> {
  const lock = await takeLock(paths)
  if (lock.taken) return () => releaseLock(paths)
  throw new OperatorError(
    lock.state.report
      ? `The stack of this clone runs (process ${lock.state.pid}).`
      : `The stack of this clone is being started or stopped by process ${lock.state.pid}.`,
    lock.state.report ? 'Stop it with `./alkhub down`.' : 'Wait for it, and try again.',
  )
}

/** The folder of PostgreSQL's data of this clone. */
export async function ownHome(paths: StackPaths): Promise<string> {
  return postgresHome(paths, (await findPostgresBinaries()).relocated)
}

/** True for the URL of a PostgreSQL that `alkhub up` starts, and not of one that --postgres-file named. */
export function isOwnServer(url: string): boolean {
  const { hostname, username, pathname } = must(URL.parse(url), 'the URL of PostgreSQL')
  return hostname === '127.0.0.1' && username === 'postgres' && pathname === '/postgres'
}
