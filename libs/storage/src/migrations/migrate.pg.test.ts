import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { createTestDatabase } from '@alkdev/testing'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { MIGRATIONS_FOLDER, readJournal } from './folder.ts'
import { migrate } from './migrate.ts'
import type { MigrationProgress } from './migrate.ts'
import { SCHEMA_LEVEL, checkSchemaLevel, readSchemaLevel } from './schema-level.ts'

const failure = async (work: Promise<unknown>): Promise<OperatorError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return error as OperatorError
}

test('six migrators at once all succeed, and each migration is applied once', async () => {
  await using database = await createTestDatabase({ empty: true })
  const results = await Promise.all(Array.from({ length: 6 }, () => migrate(database.url)))
  expect(results.map((result) => result.level)).toEqual(
    Array.from({ length: 6 }, () => SCHEMA_LEVEL),
  )
  expect(results.filter((result) => result.applied.length === SCHEMA_LEVEL)).toHaveLength(1)
  expect(results.filter((result) => result.applied.length === 0)).toHaveLength(5)
})

test('progress is reported, and a second run has nothing to do', async () => {
  await using database = await createTestDatabase({ empty: true })
  const seen: MigrationProgress[] = []
  const names = (await readJournal()).map((entry) => entry.tag)
  await migrate(database.url, { onProgress: (progress) => seen.push(progress) })
  expect(seen).toEqual([
    { step: 'applying', migrations: names },
    { step: 'done', applied: names, level: SCHEMA_LEVEL },
  ])
  expect(await migrate(database.url)).toEqual({ applied: [], level: SCHEMA_LEVEL })
})

test('a service starts only on a schema that it works with', async () => {
  await using database = await createTestDatabase({ empty: true })
  await using opened = await openDatabase(database.url)
  expect(await readSchemaLevel(opened.db)).toBeUndefined()
  expect((await failure(checkSchemaLevel(opened.db))).fix).toContain('alkhub migrate')
  await migrate(database.url)
  await checkSchemaLevel(opened.db)
  expect((await failure(checkSchemaLevel(opened.db, SCHEMA_LEVEL + 1))).message).toContain(
    `needs level ${SCHEMA_LEVEL + 1}`,
  )
  await opened.sql`insert into schema_levels (level, name, oldest_code_level) values (90, 'next', ${SCHEMA_LEVEL})`
  await checkSchemaLevel(opened.db)
  await opened.sql`insert into schema_levels (level, name, oldest_code_level) values (91, 'later', ${SCHEMA_LEVEL + 1})`
  expect((await failure(checkSchemaLevel(opened.db))).fix).toBe('Deploy a newer version.')
})

test('a migrator that waits for another one reports it, stops after its time limit, and stops when aborted', async () => {
  await using database = await createTestDatabase({ empty: true })
  const other = postgres(database.url, { max: 1, onnotice: () => {} })
  try {
    await other`select pg_advisory_lock(7255102113)`
    const seen: string[] = []
    const waiting = migrate(database.url, {
      lockTimeoutMs: 100,
      onProgress: ({ step }) => seen.push(step),
    })
    expect((await failure(waiting)).message).toContain('Another migrator')
    expect(seen).toEqual(['waiting'])
    const abort = new AbortController()
    const stopped = migrate(database.url, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    })
    await expect(stopped).rejects.toThrow('enough')
  } finally {
    await other.end()
  }
})

test('a failed migration is rolled back, and the next run applies everything', async () => {
  await using database = await createTestDatabase({ empty: true })
  await using folder = await copyOfMigrations()
  const last = (await readJournal()).at(-1)?.tag ?? ''
  await writeFile(join(folder.path, `${last}.sql`), 'create table broken (a no_such_type)')
  const error = await failure(migrate(database.url, { folder: folder.path }))
  expect(error.message).toMatch(/A migration failed \(42704/)
  await using opened = await openDatabase(database.url)
  expect(await readSchemaLevel(opened.db)).toBeUndefined()
  expect((await migrate(database.url)).applied).toHaveLength(SCHEMA_LEVEL)
})

test('a migration that was edited after it had been applied is refused', async () => {
  await using database = await createTestDatabase({ empty: true })
  await migrate(database.url)
  await using folder = await copyOfMigrations()
  await writeFile(join(folder.path, '0001_rules.sql'), 'select 1')
  const error = await failure(migrate(database.url, { folder: folder.path }))
  expect(error.message).toBe('The migration 0001_rules was changed after it had been applied.')
})

test('a migration inserted before applied ones is refused instead of skipped', async () => {
  await using database = await createTestDatabase({ empty: true })
  await migrate(database.url)
  await using folder = await copyOfMigrations()
  const file = join(folder.path, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(file, 'utf8')) as {
    entries: { when: number; tag: string }[]
  }
  journal.entries.splice(1, 0, {
    ...journal.entries[0],
    when: (journal.entries[0]?.when ?? 0) + 1,
    tag: '0000_late',
  })
  await writeFile(file, JSON.stringify(journal))
  await writeFile(join(folder.path, '0000_late.sql'), 'select 1')
  const error = await failure(migrate(database.url, { folder: folder.path }))
  expect(error.message).toContain('0000_late is older than what the database has')
})

test('a database that does not answer is an error with a fix', async () => {
  const error = await failure(migrate('postgres://ada:s3cret@127.0.0.1:1/hub'))
  expect(error.message).toBe('The database hub at 127.0.0.1:1 does not answer (ECONNREFUSED).')
})

test('each migration records its level and the oldest code level that works with it', async () => {
  await using database = await createTestDatabase({ empty: true })
  await migrate(database.url)
  await using opened = await openDatabase(database.url)
  const rows = await opened.sql`select level, name from schema_levels order by level`
  const journal = await readJournal()
  expect([...rows]).toEqual(journal.map((entry, at) => ({ level: at + 1, name: entry.tag })))
  expect(journal).toHaveLength(SCHEMA_LEVEL)
})

test('migrations are append-only: times increase, and no sealed file has changed', async () => {
  const journal = await readJournal()
  const times = journal.map((entry) => entry.when)
  expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
  const lines = await Promise.all(
    journal.map(async ({ tag }) => {
      const text = await readFile(join(MIGRATIONS_FOLDER, `${tag}.sql`))
      return `${createHash('sha256').update(text).digest('hex')}  ${tag}.sql`
    }),
  )
  const sealed = await readFile(join(MIGRATIONS_FOLDER, 'SHA256SUMS'), 'utf8')
  expect(sealed).toBe(`${lines.join('\n')}\n`)
})

test('a migration with which the running version does not work is refused while its services are connected', async () => {
  await using database = await createTestDatabase({ empty: true })
  await migrate(database.url)
  await using folder = await copyOfMigrations()
  const level = SCHEMA_LEVEL + 1
  const file = join(folder.path, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(file, 'utf8')) as {
    entries: { when: number; tag: string }[]
  }
  journal.entries.push({
    ...journal.entries[0],
    when: (journal.entries.at(-1)?.when ?? 0) + 1,
    tag: '0900_next',
  })
  await writeFile(file, JSON.stringify(journal))
  const add = (oldest: number) =>
    writeFile(
      join(folder.path, '0900_next.sql'),
      `INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (${level}, '0900_next', ${oldest});`,
    )
  const seen: MigrationProgress[] = []
  const run = () =>
    migrate(database.url, { folder: folder.path, onProgress: (progress) => seen.push(progress) })
  await add(level)
  const service = await openDatabase(database.url, { applicationName: 'alkhub coordinator' })
  const error = await failure(run())
  expect(error.message).toContain('0900_next')
  expect(error.message).toContain('alkhub coordinator (1)')
  expect(error.fix).toContain('Stop every service')
  await service.close()
  await using other = await openDatabase(database.url, { applicationName: 'alkhub up' })
  expect((await run()).level).toBe(level)
  expect(seen[0]).toEqual({ step: 'applying', migrations: ['0900_next'], fullStop: ['0900_next'] })
  expect(await readSchemaLevel(other.db)).toEqual({ applied: level, oldest: level })
})

async function copyOfMigrations(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'alkhub-migrations-'))
  await cp(MIGRATIONS_FOLDER, path, { recursive: true })
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
