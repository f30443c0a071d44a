import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const PGBOUNCER = '/usr/sbin/pgbouncer'
/** PgBouncer does not run as root. */
const UNPRIVILEGED_UID = 65_534

/** False: tests with a pooler are skipped, for this reason. */
export const hasPgbouncer = existsSync(PGBOUNCER)
export const NO_PGBOUNCER = `PgBouncer is not installed (${PGBOUNCER}).`

export interface Pooler extends AsyncDisposable {
  /** The database behind the pooler. */
  readonly url: string
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts PgBouncer in transaction mode before a database; few connections, so that statements really share them. */
export async function startPgbouncer(databaseUrl: string): Promise<Pooler> {
  const url = new URL(databaseUrl)
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'))
  const port = await freePort()
  await chmod(folder, 0o755)
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(
    config,
    `[databases]
* = host=${url.hostname} port=${url.port} user=${url.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
`,
  )
  const isRoot = process.getuid?.() === 0
  if (isRoot)
    for (const path of [folder, config]) await chown(path, UNPRIVILEGED_UID, UNPRIVILEGED_UID)
  const child: ChildProcess = spawn(PGBOUNCER, [config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID }),
  })
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
  const output: string[] = []
  for await (const line of lines) {
    output.push(line)
    if (line.includes('process up')) break
  }
  if (child.exitCode !== null) throw new Error(output.join('\n'))
  child.stderr?.resume()
  const pooled = new URL(databaseUrl)
  pooled.host = `127.0.0.1:${port}`
  return {
    url: pooled.href,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}
