import { CodedError, OperatorError } from '@alkdev/errors'
import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount } from '../identity/accounts.ts'
import { inTransaction } from './in-transaction.ts'
import { openDatabase } from './open-database.ts'
import { storageError } from './storage-error.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )
const withPath = (path: string) => {
  const url = new URL(database.url)
  url.pathname = path
  return url.href
}

test('the address may be a URL or its parts, and the name is seen by the server', async () => {
  const url = new URL(database.url)
  await using opened = await openDatabase(
    {
      host: url.hostname,
      port: Number(url.port),
      database: database.name,
      user: url.username,
      password: url.password,
    },
    { applicationName: 'test of storage', max: 1 },
  )
  const [row] = await opened.db.execute(
    sql`select current_setting('application_name') as name, current_setting('TimeZone') as zone`,
  )
  expect(row).toEqual({ name: 'test of storage', zone: 'UTC' })
})

test('a missing database is reported with a fix, and without the password', async () => {
  const unreachable = await failure(openDatabase('postgres://ada:s3cret@127.0.0.1:1/hub'))
  expect(unreachable).toBeInstanceOf(OperatorError)
  expect((unreachable as OperatorError).message).toBe(
    'The database hub at 127.0.0.1:1 does not answer (ECONNREFUSED).',
  )
  expect((unreachable as OperatorError).fix).toMatch(/Start PostgreSQL/)
  const missing = (await failure(openDatabase(withPath('/nowhere')))) as OperatorError
  expect(missing.fix).toMatch(/Create the database/)
  for (const error of [unreachable, missing]) {
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret')
  }
})

test('an invalid URL is refused without being quoted', async () => {
  for (const url of ['not a url s3cret', 'mysql://u:s3cret@h/d']) {
    const error = (await failure(openDatabase(url))) as Error
    expect(error.message).toMatch(/URL of the database/)
    expect(error.message).not.toContain('s3cret')
  }
})

test('the signal aborts the opening, before and during it', async () => {
  await expect(openDatabase(database.url, { signal: AbortSignal.abort() })).rejects.toThrow(
    'aborted',
  )
  const silent = await import('node:net').then(({ createServer }) => createServer(() => {}))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const abort = new AbortController()
  const opening = openDatabase(`postgres://u@127.0.0.1:${port}/d`, { signal: abort.signal })
  setTimeout(() => abort.abort(new Error('stop it')), 20)
  await expect(opening).rejects.toThrow('stop it')
  silent.close()
})

test('statements are prepared once and reused', async () => {
  await using opened = await openDatabase(database.url, { max: 1 })
  for (let n = 0; n < 5; n += 1) await opened.db.execute(sql`select ${n}::integer as n`)
  const [row] = await opened.db.execute(
    sql`select count(*)::integer as n from pg_prepared_statements where statement like 'select $1::integer as n'`,
  )
  expect(row).toEqual({ n: 1 })
})

test('more statements than may wait are refused at once, the others answered', async () => {
  await using opened = await openDatabase(database.url, { max: 1, maxPending: 3 })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => opened.db.execute(sql`select pg_sleep(0.05)`)),
  )
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ])
  const [, , , refused] = outcomes
  expect(storageError(refused?.status === 'rejected' ? refused.reason : undefined)).toMatchObject({
    code: 'UNAVAILABLE',
  })
  await opened.db.execute(sql`select 1`)
})

test('a statement that runs too long ends with UNAVAILABLE, and its connection stays usable', async () => {
  await using opened = await openDatabase(database.url, { max: 1, statementTimeoutMs: 100 })
  await expect(
    inTransaction(opened.db, (tx) => tx.execute(sql`select pg_sleep(5)`)),
  ).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'The database is busy.' })
  expect(await opened.db.execute(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('a lost connection is reported as UNAVAILABLE with an unknown outcome', async () => {
  await using opened = await openDatabase(database.url, { max: 2 })
  const work = inTransaction(opened.db, async (tx) => {
    const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await opened.db.execute(sql`select pg_terminate_backend(${row?.pid ?? 0})`)
    await tx.execute(sql`select pg_sleep(1)`)
  })
  await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { outcome: 'unknown' } })
  expect(await opened.db.execute(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('a nested transaction is rolled back alone', async () => {
  await using opened = await openDatabase(database.url)
  const kept = await inTransaction(opened.db, async (tx) => {
    const inner = await failure(
      inTransaction(tx, async (deeper) => {
        await createAccount(deeper, { email: 'inner@example.com' })
        throw new CodedError('CONFLICT', 'no')
      }),
    )
    expect(inner).toMatchObject({ code: 'CONFLICT', message: 'no' })
    return createAccount(tx, { email: 'outer@example.com' })
  })
  const rows = await opened.db.execute(
    sql`select id from accounts where email like '%er@example.com'`,
  )
  expect(rows).toEqual([{ id: kept.id }])
})

test('neither message nor cause of an error carries a statement or a parameter', async () => {
  await using opened = await openDatabase(database.url)
  const secret = 'hunter2'
  const errors = [
    await failure(createAccount(opened.db, { email: secret })),
    await failure(inTransaction(opened.db, (tx) => tx.execute(sql`select ${secret}::integer`))),
    await failure(inTransaction(opened.db, (tx) => tx.execute(sql`selekt ${secret}`))),
  ]
  expect(errors.map((error) => (error as CodedError).code)).toEqual([
    'VALIDATION_ERROR',
    'VALIDATION_ERROR',
    'UNKNOWN_ERROR',
  ])
  for (let error of errors) {
    for (; error instanceof Error; error = error.cause) {
      const all = JSON.stringify(error, Object.getOwnPropertyNames(error))
      expect(all).not.toContain(secret)
      expect(all).not.toContain('insert into')
    }
  }
})

test('a second close does nothing', async () => {
  const opened = await openDatabase(database.url)
  await Promise.all([opened.close(), opened.close()])
  await expect(createAccount(opened.db, { email: 'late@example.com' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  })
})

test('a transaction begins however many statements the connections have before them', async () => {
  await using opened = await openDatabase(database.url, { max: 2 })
  const held = Promise.withResolvers<void>()
  const isHeld = Promise.withResolvers<void>()
  // The other connection gets all that follows.
  const holding = inTransaction(opened.db, async (tx) => {
    await tx.execute(sql`select 1`)
    isHeld.resolve()
    await held.promise
  })
  await isHeld.promise
  // With the driver itself: all are given to it in this order, before it sends the first.
  await opened.sql`select 1`
  for (let before = 95; before < 105; before++) {
    const answers = await Promise.all([
      ...Array.from({ length: before }, () => opened.sql`select 1`.execute()),
      opened.sql.begin((tx) => tx`select 2`),
    ])
    expect(answers).toHaveLength(before + 1)
  }
  held.resolve()
  await holding
})
