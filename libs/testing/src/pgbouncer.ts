import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@alkdev/std/free-port'

const PGBOUNCER = '/usr/sbin/pgbouncer'
/** PgBouncer does not run as root. */
const UNPRIVILEGED_UID = 65_534

/** False: tests with a pooler are skipped, for this reason. */
export const hasPgbouncer = existsSync(PGBOUNCER)
export const NO_PGBOUNCER = `PgBouncer is not installed (${PGBOUNCER}).`

export interface Pooler extends AsyncDisposable {
  /** The database behind the pooler. */
  readonly url: string
  kill(): Promise<void>
  /** Starts it again at the same address. */
  start(): Promise<void>
  /** Stops its process for a time: connections stay open, and nothing comes of them. */
  freeze(ms: number): Promise<void>
}

/** Starts PgBouncer in transaction mode before a database, with the times of the guide; few connections, so that statements really share them. */
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
server_login_retry = 1
query_wait_timeout = 10
`,
  )
  const isRoot = process.getuid?.() === 0
  if (isRoot)
    for (const path of [folder, config]) await chown(path, UNPRIVILEGED_UID, UNPRIVILEGED_UID)
  let child = await launch(config, isRoot)
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  const pooled = new URL(databaseUrl)
  pooled.host = `127.0.0.1:${port}`
  return {
    url: pooled.href,
    kill: end,
    async start() {
      child = await launch(config, isRoot)
    },
    async freeze(ms) {
      child.kill('SIGSTOP')
      await sleep(ms)
      child.kill('SIGCONT')
    },
    async [Symbol.asyncDispose]() {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(config: string, isRoot: boolean): Promise<ChildProcess> {
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
  return child
}
