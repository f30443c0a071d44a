import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { POSTGRES_HOME } from './copied-postgres.ts'
import { acquire } from './shared-server.ts'

/** The folder of the data that files with a PostgreSQL of their own copy. The first of them fills it. */
export async function setup(): Promise<() => Promise<void>> {
  const { value, release } = await acquire('postgres-home', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alkhub-pg-home-'))
    // The server has an account of its own.
    await chmod(folder, 0o755)
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
    return { folder, [Symbol.asyncDispose]: remove }
  })
  process.env[POSTGRES_HOME] = value.folder
  return release
}
