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
import { createTestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { createOrganization, listOrgIds } from '../identity/organizations.ts'
import { createAccount } from '../identity/accounts.ts'
import { migrate } from '../migrations/migrate.ts'
import { inTransaction } from './in-transaction.ts'
import { openDatabase } from './open-database.ts'

// B12, on the real PgBouncer in transaction mode.
const PGBOUNCER = '/usr/sbin/pgbouncer'
const hasPooler = existsSync(PGBOUNCER)
/** PgBouncer does not run as root. */
const NOBODY = 65_534

interface Pooler extends AsyncDisposable {
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

async function startPooler(databaseUrl: string): Promise<Pooler> {
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
`,
  )
  const isRoot = process.getuid?.() === 0
  if (isRoot) for (const path of [folder, config]) await chown(path, NOBODY, NOBODY)
  const child: ChildProcess = spawn(PGBOUNCER, [config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  })
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
  const heard: string[] = []
  for await (const line of lines) {
    heard.push(line)
    if (line.includes('process up')) break
  }
  if (child.exitCode !== null) throw new Error(heard.join('\n'))
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

const pooledUrl = (pooler: Pooler): string => {
  const url = new URL(pooler.url)
  url.searchParams.set('pooler', 'transaction')
  return url.href
}

test.skipIf(!hasPooler)(
  'behind PgBouncer the database opens, and statements and transactions run side by side on few connections',
  async () => {
    await using postgres = await createTestDatabase()
    await using pooler = await startPooler(postgres.url)
    await using database = await openDatabase(pooledUrl(pooler), { max: 10 })
    const { db } = database
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const { id } = await createAccount(db, { email: `pooled-${at}@example.com` })
        const { id: orgId } = await createOrganization(db, { name: `pooled-${at}`, ownerId: id })
        expect(await listOrgIds(db, id)).toEqual([orgId])
      }),
    )
    const [timeouts] = await inTransaction(db, (tx) =>
      tx.execute(
        sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`,
      ),
    )
    expect(timeouts).toEqual({ statement: '30s', lock: '10s' })
  },
)

test.skipIf(!hasPooler)(
  'without the setting the refusal says to set it, and a migration asks for PostgreSQL itself',
  async () => {
    await using postgres = await createTestDatabase()
    await using pooler = await startPooler(postgres.url)
    await expect(openDatabase(pooler.url)).rejects.toMatchObject({
      message: expect.stringContaining('PgBouncer'),
      fix: expect.stringContaining('`pooler` to true'),
    })
    await expect(migrate(pooledUrl(pooler))).rejects.toMatchObject({
      message: expect.stringContaining('needs a session'),
      fix: expect.stringContaining('PostgreSQL itself'),
    })
  },
)
