import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stackPaths } from '@alkdev/cli/stack-paths'
import postgres from 'postgres'
import { inject } from 'vitest'

/** Key of the advisory lock. */
const LOCK = 7_255_102_199
const MAX_MS = 240_000
const { root, sdk, console: consoleFolder } = stackPaths()
const PROGRAMS = {
  sdk: { main: 'libs/sdk/src/main.ts', folder: sdk },
  console: { main: 'apps/console/src/build/main.ts', folder: consoleFolder },
}

/**
 * The libraries for spokes and clients, or the console, as `alkhub up` of this working tree builds them: built by the first file of the run that
 * asks, and kept while the sources are the same. Returns the folder, which no test may change. Needs the PostgreSQL of the run.
 */
export async function builtOnce(what: keyof typeof PROGRAMS): Promise<string> {
  const { main, folder } = PROGRAMS[what]
  const sql = postgres(inject('postgres').url, {
    max: 1,
    onnotice() {},
    connection: { statement_timeout: MAX_MS },
  })
  try {
    // Of two files that ask at once one waits for the other. The lock ends with the connection, however the process ends.
    await sql`select pg_advisory_lock(${LOCK})`
    await promisify(execFile)(process.execPath, [join(root, main), folder], { timeout: MAX_MS })
    return folder
  } finally {
    await sql.end({ timeout: 5 })
  }
}
