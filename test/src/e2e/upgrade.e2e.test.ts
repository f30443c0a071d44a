import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@alkdev/config'
import { createGateway } from '@alkdev/gateway'
import { migrate, readSchemaLevel, SCHEMA_LEVEL } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const MIGRATIONS = join(import.meta.dirname, '../../../migrations')

interface Journal {
  entries: { idx: number; when: number; tag: string }[]
}

/** A folder with the migrations up to level `level`; beyond the last one, further ones with the given SQL. */
async function migrationsOf(
  level: number,
  further: readonly { readonly tag: string; readonly sql: string }[] = [],
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'alkhub-migrations-'))
  await cp(MIGRATIONS, path, { recursive: true })
  const file = join(path, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(file, 'utf8')) as Journal
  journal.entries.splice(level)
  for (const { tag, sql } of further) {
    const last = journal.entries.at(-1)
    journal.entries.push({
      ...last,
      idx: journal.entries.length,
      when: (last?.when ?? 0) + 1,
      tag,
    })
    await writeFile(join(path, `${tag}.sql`), sql)
  }
  await writeFile(file, JSON.stringify(journal))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

const levelRow = (level: number, tag: string, oldest: number): string =>
  `INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (${level}, '${tag}', ${oldest});`

const ADDS = {
  tag: 'adds_a_column',
  sql: `ALTER TABLE "projects" ADD COLUMN "of_the_next_version" text;--> statement-breakpoint\n${levelRow(SCHEMA_LEVEL + 1, 'adds_a_column', SCHEMA_LEVEL)}`,
}
const REMOVES = {
  tag: 'removes_a_column',
  sql: `ALTER TABLE "projects" DROP COLUMN "icon_color";--> statement-breakpoint\n${levelRow(SCHEMA_LEVEL + 2, 'removes_a_column', SCHEMA_LEVEL + 2)}`,
}

/** Starts a gateway on the database of a stack; resolves with the words of its refusal. */
async function refusal(hub: TestStack): Promise<string> {
  const config = await loadConfig({
    path: join(hub.configDir, 'gateway.json'),
    masterKeyPath: hub.masterKeyPath,
    service: 'gateway',
  })
  return createGateway(config, new AbortController().signal).then(
    async (service) => {
      await service.stop(0)
      return 'it started'
    },
    (error: unknown) => (error as Error).message,
  )
}

test('a database of an older level with data is brought to the present one, and the hub serves what is in it', async () => {
  await using database = await createTestDatabase({ empty: true })
  await using old = await migrationsOf(20)
  expect((await migrate(database.url, { folder: old.path })).level).toBe(20)
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  await sql`insert into accounts (id, email) values ('018f4a1e-0000-7000-8000-000000000001', 'old@example.com')`
  await sql`insert into projects (id, owner_id, slug, name)
    values ('018f4a1e-0000-7000-8000-000000000002', '018f4a1e-0000-7000-8000-000000000001', 'old', 'Old')`
  await sql`insert into tasks (id, project_id, slug, name)
    values ('018f4a1e-0000-7000-8000-000000000003', '018f4a1e-0000-7000-8000-000000000002', 'first', 'First')`
  await sql.end()
  // Services of this version do not start before.
  await expect(startTestStack({}, { postgresUrl: database.url })).rejects.toThrow(
    `The database schema is at level 20, this version needs level ${SCHEMA_LEVEL}.`,
  )
  expect((await migrate(database.url)).applied).toHaveLength(SCHEMA_LEVEL - 20)
  await using hub = await startTestStack({}, { postgresUrl: database.url })
  const key = await hub.createKey(['*'], '018f4a1e-0000-7000-8000-000000000001')
  const { status, body } = await call(hub, key, 'tasks.list', { project: 'old' })
  expect([status, JSON.stringify(body)]).toEqual([200, expect.stringContaining('First')])
})

test('services of the level before work during and after a migration that adds, start again, and are replaced one by one without a failed call', async () => {
  await using hub = await startTestStack()
  await using next = await migrationsOf(SCHEMA_LEVEL, [ADDS])
  const stop = new AbortController()
  const statuses: Record<number, number> = {}
  const load = async (): Promise<void> => {
    for (let at = 0; !stop.signal.aborted; at += 1) {
      const operation = at % 2 === 0 ? 'projects.list' : 'tasks.list'
      const { status } = await call(hub, hub.admin, operation)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  const callers = [load(), load()]
  const after = async (count: number): Promise<void> => {
    const enough = (statuses[200] ?? 0) + count
    await expect.poll(() => statuses[200] ?? 0).toBeGreaterThan(enough)
  }
  await after(20)
  await migrate(databaseUrl(hub), { folder: next.path })
  expect(await readSchemaLevel(hub.database.db)).toEqual({
    applied: SCHEMA_LEVEL + 1,
    oldest: SCHEMA_LEVEL,
  })
  await after(20)
  for (const service of ['coordinator', 'mcp', 'inference-proxy'] as const)
    await hub.replace(service)
  await after(20)
  stop.abort()
  await Promise.all(callers)
  expect(Object.keys(statuses)).toEqual(['200'])
})

test('a migration that removes is refused while services are connected, and services of the level before do not start on it', async () => {
  await using hub = await startTestStack()
  await using next = await migrationsOf(SCHEMA_LEVEL, [ADDS, REMOVES])
  await expect(migrate(databaseUrl(hub), { folder: next.path })).rejects.toThrow(
    /removes_a_column: services of the running version do not work with this migration, and some are connected: .*gateway \(\d+\)/,
  )
  // Nothing of the run was kept: the hub works on.
  expect((await readSchemaLevel(hub.database.db))?.applied).toBe(SCHEMA_LEVEL)
  expect((await call(hub, hub.admin, 'projects.list')).status).toBe(200)
  // As if every service had been stopped.
  await hub.database.sql.unsafe(levelRow(SCHEMA_LEVEL + 2, 'removes_a_column', SCHEMA_LEVEL + 2))
  expect(await refusal(hub)).toBe(
    `The database schema is at level ${SCHEMA_LEVEL + 2} and works with code of level ${SCHEMA_LEVEL + 2} or newer; this version is at level ${SCHEMA_LEVEL}.`,
  )
})

function databaseUrl(hub: TestStack): string {
  const { host, port, database, user, pass } = hub.database.sql.options
  const password = typeof pass === 'string' && pass !== '' ? `:${encodeURIComponent(pass)}` : ''
  return `postgres://${user}${password}@${host[0]}:${port[0]}/${database}`
}
