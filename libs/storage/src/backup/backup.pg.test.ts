import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import postgres from 'postgres'
import type { Sql } from 'postgres'
import { expect, test, vi } from 'vitest'
import { callIdAt } from '../call-log/test-record.ts'
import { makeCallPartitions } from '../call-log/call-partitions.ts'
import { openDatabase } from '../database/open-database.ts'
import { migrate } from '../migrations/migrate.ts'
import { migrationsUntil } from '../migrations/migrations-until.ts'
import { SCHEMA_LEVEL } from '../migrations/schema-level.ts'
import { backupDatabase } from './backup-database.ts'
import { readFrames, writeFrames } from './backup-frames.ts'
import type { BackupFrame } from './backup-frames.ts'
import { BackupCheck } from './check-backup.ts'
import type { CheckedBackup } from './check-backup.ts'
import { restoreDatabase } from './restore-database.ts'

// Each restore runs all migrations.
vi.setConfig({ testTimeout: 120_000 })

const DAY_MS = 86_400_000
/** What is hard to carry in the text format of COPY. */
const AWKWARD =
  'tab\t line\n return\r backslash \\ \\N null \\. end "quoted" \'single\' ü 🦀 \u0001'

/** A connection for a test, closed with it. */
function connect(url: string): Sql & AsyncDisposable {
  const sql = postgres(url, { max: 3, onnotice: () => {} })
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) })
}

const collect = async (frames: AsyncIterable<BackupFrame>): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of writeFrames(frames)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const backupOf = (url: string): Promise<Buffer> => backupDatabase(url, collect)

async function* chunksOf(bytes: Buffer, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const framesOf = (bytes: Buffer) => readFrames(chunksOf(bytes))

async function checked(bytes: Buffer): Promise<CheckedBackup> {
  const check = new BackupCheck()
  for await (const frame of framesOf(bytes)) check.see(frame)
  return check.result
}

async function failure(work: Promise<unknown>): Promise<OperatorError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return error as OperatorError
}

/** The rows of all tables, each table as one hash: another way than that of the backup. */
async function contentOf(url: string): Promise<Record<string, string>> {
  await using sql = connect(url)
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'drizzle', 'call_log_days') and c.relkind = 'r' order by 1`
  const content: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ content: string }[]>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as content from ${name} t`,
    )
    content[name] = row?.content ?? ''
  }
  return content
}

/** Triggers, foreign keys and the next value of each sequence. */
async function rulesOf(url: string): Promise<unknown> {
  await using sql = connect(url)
  const triggers = await sql`
    select tgname, tgrelid::regclass::text as owner, tgenabled, tgdeferrable, tginitdeferred from pg_trigger
    where not tgisinternal order by 1, 2`
  const constraints = await sql`
    select conrelid::regclass::text as owner, conname, pg_get_constraintdef(oid) as definition, convalidated
    from pg_constraint where connamespace in ('public'::regnamespace, 'drizzle'::regnamespace) order by 1, 2`
  const indexes = await sql`
    select indexdef from pg_indexes where schemaname in ('public', 'call_log_days') order by 1`
  const sequences = await sql`select sequencename, last_value from pg_sequences order by 1`
  return [triggers, constraints, indexes, sequences].map((rows) => [...rows])
}

/** An account with a key, an organization, a project with a task, a session with messages, a sealed secret, history. */
async function fill(url: string): Promise<{ account: string; calls: readonly string[] }> {
  await using sql = connect(url)
  const account = uuidv7()
  await sql`insert into accounts (id, email, access_level, display_name, data)
    values (${account}, ${`${account}@example.com`}, 'admin', ${AWKWARD}, ${sql.json({ text: AWKWARD })})`
  await sql`insert into api_keys (id, owner_id, key_hash, scopes, tags, description)
    values (${uuidv7()}, ${account}, ${uuidv7()}, ${['a', 'b,c', '"d"', '\\']}, '{}', ${AWKWARD})`
  await sql.begin(async (tx) => {
    const org = uuidv7()
    await tx`insert into organizations (id, name, owner_id) values (${org}, ${`o-${org}`}, ${account})`
    await tx`insert into organization_members (id, org_id, account_id, membership_level) values (${uuidv7()}, ${org}, ${account}, 'owner')`
  })
  const [project, session, message] = [uuidv7(), uuidv7(), uuidv7()]
  await sql`insert into projects (id, owner_id, slug, name) values (${project}, ${account}, 'p', ${AWKWARD})`
  await sql`insert into tasks (id, project_id, slug, name) values (${uuidv7()}, ${project}, 'first', ${AWKWARD})`
  await sql`insert into sessions (id, project_id, account_id, slug, title) values (${session}, ${project}, ${account}, 's', 'x')`
  await sql`insert into messages (id, session_id, seq, role, data) values (${message}, ${session}, 1, 'user', ${sql.json({ text: AWKWARD })})`
  await sql`insert into audit_logs (id, owner_id, action, data) values (${uuidv7()}, ${account}, 'test', null)`
  const calls = [-3, -1, 0].map((days) => callIdAt(Date.now() + days * DAY_MS))
  for (const id of calls)
    await sql`insert into call_log (id, started_at, ended_at, status, attempts, total_ms, route_ms, caller_id, operation_id, operation_name, input)
      values (${id}, now(), now(), 'completed', 1, 0.1, ${1 / 3}, ${uuidv7()}, 'x', 'fs.read', ${AWKWARD})`
  await using opened = await openDatabase(url)
  await makeCallPartitions(opened.db)
  return { account, calls }
}

test('a restored database has every row, partition, rule and sequence of the one that was backed up', async () => {
  await using source = await createTestDatabase()
  await using target = await createTestDatabase({ empty: true })
  const { account } = await fill(source.url)
  const bytes = await backupOf(source.url)
  const { header, manifest } = await checked(bytes)
  expect(header.schemaLevel).toBe(SCHEMA_LEVEL)
  const rowsOf = (name: string) => manifest.tables.find((table) => table.name === name)?.rows
  expect([rowsOf('public.call_log'), rowsOf('public.accounts')]).toEqual([3, 1])
  const steps: string[] = []
  const result = await restoreDatabase(target.url, framesOf(bytes), {
    onProgress: (step) => steps.push('table' in step ? step.table : step.step),
  })
  expect(result).toMatchObject({ backupLevel: SCHEMA_LEVEL, level: SCHEMA_LEVEL, migrated: [] })
  expect(steps).toEqual([...header.tables.map(({ name }) => name), 'verifying', 'done'])
  expect(await contentOf(target.url)).toEqual(await contentOf(source.url))
  expect(await rulesOf(target.url)).toEqual(await rulesOf(source.url))
  // Triggers work again, and the schema is one that a migrator takes for its own.
  await using sql = connect(target.url)
  await expect(sql`delete from audit_logs`).rejects.toMatchObject({ code: '23514' })
  await expect(
    sql`insert into projects (id, owner_id, slug, name) values ('x', 'missing', 'x', 'x')`,
  ).rejects.toMatchObject({ code: '23503' })
  expect(await sql`select email from accounts`).toEqual([{ email: `${account}@example.com` }])
  // A second backup of it is the same, but for its time.
  expect((await checked(await backupOf(target.url))).manifest).toEqual(manifest)
})

test('a backup is the state of one moment while rows are written, and takes no part of a transaction', async () => {
  await using source = await createTestDatabase()
  await using target = await createTestDatabase({ empty: true })
  await fill(source.url)
  await using sql = connect(source.url)
  const stop = new AbortController()
  let pairs = 0
  const writer = (async () => {
    while (!stop.signal.aborted) {
      const id = uuidv7()
      await sql.begin(async (tx) => {
        await tx`insert into accounts (id, email) values (${id}, ${`${id}@example.com`})`
        await tx`insert into organizations (id, name, owner_id) values (${id}, ${`o-${id}`}, ${id})`
        await tx`insert into organization_members (id, org_id, account_id, membership_level) values (${id}, ${id}, ${id}, 'owner')`
      })
      pairs += 1
    }
  })()
  await expect.poll(() => pairs).toBeGreaterThan(20)
  const during = { from: 0, to: 0 }
  const bytes = await backupDatabase(source.url, (frames) =>
    collect(
      (async function* () {
        during.from = pairs
        for await (const frame of frames) {
          yield frame
          // Rows are written between the first table and the last one.
          if (frame.kind === 'table' && frame.name === 'public.api_keys')
            await until(() => pairs > during.from + 20)
        }
        during.to = pairs
      })(),
    ),
  )
  stop.abort()
  await writer
  expect(during.to - during.from).toBeGreaterThan(20)
  await restoreDatabase(target.url, framesOf(bytes))
  await using restored = connect(target.url)
  const [count] = await restored`
    select (select count(*) from accounts)::int as accounts, (select count(*) from organizations)::int as orgs,
      (select count(*) from organization_members)::int as members`
  expect(count?.['accounts']).toBeGreaterThan(20)
  expect(count).toEqual({
    accounts: count?.['accounts'],
    orgs: count?.['accounts'],
    members: count?.['accounts'],
  })
})

test('a backup that is cut off, changed or another file is refused, and changes nothing', async () => {
  await using source = await createTestDatabase()
  await using target = await createTestDatabase()
  await fill(source.url)
  const bytes = await backupOf(source.url)
  await checked(bytes)
  const before = await contentOf(target.url)
  const cut = [0, 1, 13, 14, 18, 200, bytes.length >> 1, bytes.length - 33, bytes.length - 1]
  for (const length of cut)
    expect((await failure(checked(bytes.subarray(0, length)))).message).toMatch(
      /is cut off|is no backup/,
    )
  // Every part of the file, and every bit of some bytes.
  const step = Math.max(1, Math.floor(bytes.length / 40))
  for (let at = 0; at < bytes.length; at += step) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
    await failure(checked(flipped))
  }
  expect((await failure(checked(Buffer.concat([bytes, Buffer.from('x')])))).message).toBe(
    'The backup continues after its end.',
  )
  const other = await readFile(new URL('backup.pg.test.ts', import.meta.url))
  expect((await failure(checked(other))).message).toContain('is no backup of a hub')
  // In the middle of the rows, and at the very end, of which the reader knows last.
  for (const damaged of [
    bytes.subarray(0, bytes.length >> 1),
    Buffer.from(bytes).fill(0, bytes.length - 20),
  ])
    await failure(restoreDatabase(target.url, framesOf(damaged)))
  expect(await contentOf(target.url)).toEqual(before)
})

test('a restore that is aborted while it loads leaves the database as it was, also with force', async () => {
  await using source = await createTestDatabase()
  await using target = await createTestDatabase()
  await fill(source.url)
  await fill(target.url)
  const bytes = await backupOf(source.url)
  const before = await contentOf(target.url)
  const abort = new AbortController()
  const interrupted = restoreDatabase(target.url, framesOf(bytes), {
    force: true,
    signal: abort.signal,
    onProgress: (step) => {
      if ('table' in step && step.table === 'public.messages') abort.abort(new Error('enough'))
    },
  })
  await expect(interrupted).rejects.toThrow('enough')
  expect(await contentOf(target.url)).toEqual(before)
})

test('a database with accounts is replaced only with force, and never while services are connected or when another program owns it', async () => {
  await using source = await createTestDatabase()
  await using target = await createTestDatabase()
  await using foreign = await createTestDatabase({ empty: true })
  await fill(source.url)
  await fill(target.url)
  const bytes = await backupOf(source.url)
  const before = await contentOf(target.url)
  expect((await failure(restoreDatabase(target.url, framesOf(bytes)))).fix).toContain('--force')
  {
    await using _service = await openDatabase(target.url, { applicationName: 'alkhub gateway' })
    const refused = await failure(restoreDatabase(target.url, framesOf(bytes), { force: true }))
    expect(refused.message).toBe(
      'Services are connected to the database: alkhub gateway (1) connections.',
    )
  }
  expect(await contentOf(target.url)).toEqual(before)
  {
    await using sql = connect(foreign.url)
    await sql`create table accounts (id text)`
  }
  const refused = await failure(restoreDatabase(foreign.url, framesOf(bytes), { force: true }))
  expect(refused.message).toBe('The database has tables of another program.')
  await restoreDatabase(target.url, framesOf(bytes), { force: true })
  expect(await contentOf(target.url)).toEqual(await contentOf(source.url))
})

test('the owner of a database who is no superuser backs it up and restores it', async () => {
  await using source = await createTestDatabase()
  await using target = await createTestDatabase({ empty: true })
  await fill(source.url)
  const role = `owner_${target.name}`.slice(0, 60)
  await using admin = connect(source.url)
  await admin.unsafe(`create role ${role} login nosuperuser password 'x'`)
  try {
    await admin.unsafe(`alter database ${target.name} owner to ${role}`)
    const own = new URL(target.url)
    own.username = role
    own.password = 'x'
    await restoreDatabase(own.href, framesOf(await backupOf(source.url)))
    await restoreDatabase(own.href, framesOf(await backupOf(own.href)), { force: true })
    expect(await contentOf(target.url)).toEqual(await contentOf(source.url))
  } finally {
    await target[Symbol.asyncDispose]()
    await admin.unsafe(`drop role ${role}`)
  }
})

test.each([
  ['0008_spoke_responsiveness', 9],
  ['0022_merge_queue', 23],
])('a backup of a database at %s is brought to the schema of this version', async (tag, level) => {
  await using source = await createTestDatabase({ empty: true })
  await using target = await createTestDatabase({ empty: true })
  await using folder = await migrationsUntil(tag)
  await migrate(source.url, { folder: folder.path })
  await using sql = connect(source.url)
  await sql`insert into accounts (id, email) values ('a', 'old@example.com')`
  await sql`insert into projects (id, owner_id, slug, name) values ('p', 'a', 'p', ${AWKWARD})`
  await sql`insert into tasks (id, project_id, slug, name) values ('t', 'p', 't', ${AWKWARD})`
  const bytes = await backupOf(source.url)
  const result = await restoreDatabase(target.url, framesOf(bytes))
  expect(result).toMatchObject({ backupLevel: level, level: SCHEMA_LEVEL })
  expect(result.migrated).toHaveLength(SCHEMA_LEVEL - level)
  await migrate(source.url)
  const [there, wanted] = [await contentOf(target.url), await contentOf(source.url)]
  for (const content of [there, wanted])
    // Rows that a migration inserts have ids and times of their own.
    for (const table of ['roles', 'operations', 'schema_levels']) delete content[table]
  expect(there).toEqual(wanted)
  expect(await rulesOf(target.url)).toEqual(await rulesOf(source.url))
})

test('a backup of a newer schema, or of another one of the same level, is refused', async () => {
  await using source = await createTestDatabase()
  await using target = await createTestDatabase({ empty: true })
  const bytes = await backupOf(source.url)
  const changed = async function* (
    change: (header: Extract<BackupFrame, { kind: 'header' }>['header']) => object,
  ): AsyncGenerator<BackupFrame> {
    for await (const frame of framesOf(bytes))
      yield frame.kind === 'header'
        ? { kind: 'header', header: { ...frame.header, ...change(frame.header) } }
        : frame
  }
  const newer = changed(({ migrations }) => ({
    schemaLevel: SCHEMA_LEVEL + 1,
    migrations: [...migrations, 'f'.repeat(64)],
  }))
  expect((await failure(restoreDatabase(target.url, newer))).message).toBe(
    `The backup has schema level ${SCHEMA_LEVEL + 1}, and this version knows level ${SCHEMA_LEVEL}.`,
  )
  const other = changed(({ migrations }) => ({
    migrations: [...migrations.slice(0, -1), 'f'.repeat(64)],
  }))
  expect((await failure(restoreDatabase(target.url, other))).message).toContain(
    'was made by another migration than',
  )
  const hostile = await collect(
    changed(() => ({ partitions: [{ name: 'a.b', of: 'c.d', bound: 'DEFAULT; drop table x' }] })),
  )
  expect((await failure(checked(hostile))).message).toBe('The backup has an invalid header.')
  await using sql = connect(target.url)
  expect(await sql`select from pg_class where relnamespace = 'public'::regnamespace`).toHaveLength(
    0,
  )
})

test('there is no backup of a database without a schema, or while a migration runs for too long', async () => {
  await using empty = await createTestDatabase({ empty: true })
  expect((await failure(backupOf(empty.url))).message).toContain('has no schema of a hub')
  await using other = connect(empty.url)
  await other`select pg_advisory_lock(7255102113)`
  const steps: unknown[] = []
  const waiting = backupDatabase(empty.url, collect, {
    lockTimeoutMs: 100,
    onProgress: (step) => steps.push(step),
  })
  expect((await failure(waiting)).message).toContain('has held the lock for too long')
  expect(steps).toEqual([{ step: 'waiting' }])
})

test('a reader that stops taking the backup ends it after its time', async () => {
  await using source = await createTestDatabase()
  const stalled = backupDatabase(
    source.url,
    async (frames) => {
      for await (const frame of frames)
        if (frame.kind === 'table' && frame.name === 'public.schema_levels')
          await until(async () => (await alive(source.url)) === 0)
    },
    { stallMs: 500 },
  )
  expect((await failure(stalled)).message).toContain('made no progress for too long')
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo)
}

async function alive(url: string): Promise<number> {
  await using sql = connect(url)
  const [row] = await sql`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name = 'alkhub backup'`
  return Number(row?.['count'])
}
