import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startPostgres } from '@alkdev/cli/local-servers'
import { sleep } from '@alkdev/std'
import { migrate } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyPostgresHome } from '../copied-postgres.ts'
import { ask } from '../http.ts'
import { startProcessHub } from '../process-hub.ts'
import type { ProcessHub } from '../process-hub.ts'

// H30: a hub that goes on with a promoted standby says so, because what it acknowledged last may be lost.

type Server = Awaited<ReturnType<typeof startPostgres>>

/** The job looks every 15 s. */
const SEEN_MS = 60_000

const stack = new AsyncDisposableStack()
let home: string
let port: number
let server: Server
let hub: ProcessHub

const startServer = (): Promise<Server> =>
  startPostgres({ keepIn: () => Promise.resolve(home), port })

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'alkhub-fail-over-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  port = await freePort()
  const isMigrated = await copyPostgresHome(home)
  server = await startServer()
  stack.defer(() => server[Symbol.asyncDispose]())
  if (!isMigrated) await migrate(server.url)
  hub = stack.use(await startProcessHub({ postgresUrl: server.url }))
}, 240_000)
afterAll(() => stack.disposeAsync())

async function inbox(): Promise<readonly { title: string; subject: { id: string } }[] | undefined> {
  const { status, body } = await ask(hub, 'POST', '/api/operations/inbox.list', {
    key: hub.admin.key,
    body: { kinds: ['health'] },
  })
  if (status !== 200) return undefined
  const { data } = body as unknown as {
    data: { items: { title: string; subject: { id: string } }[] }
  }
  return data.items.filter(({ subject }) => subject.id.startsWith('postgres-timeline'))
}

async function timeline(): Promise<string> {
  const [row] = await hub.database.sql<{ timeline: string }[]>`
    select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline`
  return row?.timeline ?? ''
}

test('a PostgreSQL that goes on with another timeline is a finding in the inbox', async () => {
  await expect.poll(inbox, { timeout: SEEN_MS }).toEqual([])
  expect(await timeline()).toBe('00000001')
  // Each coordinator looks when it is ready.
  await sleep(5000)
  await server[Symbol.asyncDispose]()
  // As a standby does it that is promoted: it recovers to the end of its log and begins a timeline.
  await appendFile(join(home, 'data/postgresql.conf'), "\nrestore_command = 'false'\n")
  await writeFile(join(home, 'data/recovery.signal'), '')
  server = await startServer()
  await expect.poll(timeline, { timeout: SEEN_MS }).toBe('00000002')
  await expect.poll(async () => (await inbox())?.length, { timeout: SEEN_MS }).toBe(1)
  expect(await inbox()).toMatchObject([
    {
      title: expect.stringContaining('timeline 1 became 2'),
      subject: { id: 'postgres-timeline-2' },
    },
  ])
}, 240_000)
