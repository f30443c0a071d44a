import { execFile } from 'node:child_process'
import { appendFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgres } from '@alkdev/cli/local-servers'
import { migrate } from '@alkdev/storage'

/** Names the folder of the run in which the data is made. */
export const POSTGRES_HOME = 'ALKHUB_TEST_POSTGRES_HOME'
const COPY_MS = 60_000

/**
 * Fills an empty folder with the data of a migrated PostgreSQL, for `keepIn` of `startPostgres`. To make the data takes seconds, to copy it a tenth of one. False
 * outside of the suite, where there is nothing to copy.
 */
export async function copyPostgresHome(folder: string): Promise<boolean> {
  const parent = process.env[POSTGRES_HOME]
  if (parent === undefined) return false
  const made = join(parent, 'home')
  if (!(await stat(made).catch(() => undefined))) {
    // The suite alone has vitest loaded.
    const { inOneFileAtATime } = await import('./built-once.ts')
    await inOneFileAtATime(async () => {
      if (!(await stat(made).catch(() => undefined))) await makeHome(parent, made)
    })
  }
  // With the owner of each file: the server has an account of its own.
  await promisify(execFile)('cp', ['-a', `${made}/.`, folder], { timeout: COPY_MS })
  return true
}

async function makeHome(parent: string, made: string): Promise<void> {
  const folder = join(parent, 'unfinished')
  await rm(folder, { recursive: true, force: true })
  const server = await startPostgres({ keepIn: () => Promise.resolve(folder) })
  try {
    await migrate(server.url)
  } finally {
    await server[Symbol.asyncDispose]()
  }
  // A process that is killed loses nothing without it, only a machine that stops does.
  await appendFile(join(folder, 'data/postgresql.conf'), '\nfsync = off\nfull_page_writes = off\n')
  await rename(folder, made)
}
