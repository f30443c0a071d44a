import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { executePlannedOnce, inTransaction, transactionAtOnce } from './in-transaction.ts'
import { openDatabase } from './open-database.ts'
import type { Database } from './open-database.ts'

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
const opened: Record<string, Database> = {}

beforeAll(async () => {
  postgres = await createTestDatabase({ empty: true })
  opened['prepared'] = await openDatabase(postgres.url, { max: 2 })
  opened['as behind a pooler'] = await openDatabase(`${postgres.url}?pooler=transaction`, {
    max: 2,
  })
  await must(opened['prepared']).sql`create table numbers (n integer primary key)`
})
afterAll(async () => {
  for (const database of Object.values(opened)) await database.close()
  await postgres[Symbol.asyncDispose]()
})

const insert = (n: number) => sql`insert into numbers values (${n}::int) returning n`
const isInTransaction = sql`select txid_current_if_assigned() is not null as assigned`

for (const name of ['prepared', 'as behind a pooler'])
  test(`statements that are sent together are one transaction (${name})`, async () => {
    const { db, sql: client } = must(opened[name])
    const numbers = async () =>
      (await client`select n from numbers order by n`).map((row) => row['n'])
    await client`truncate numbers`
    const all = Array.from({ length: 20 }, (_, at) =>
      transactionAtOnce(db, [insert(at), isInTransaction]),
    )
    const results = await Promise.all(all)
    expect(
      results.map(([inserted, state]) => [inserted?.[0]?.['n'], state?.[0]?.['assigned']]),
    ).toEqual(Array.from({ length: 20 }, (_, at) => [at, true]))
    expect(await numbers()).toHaveLength(20)
    // The second one fails: the first has no effect, and the third is not executed.
    const failing = transactionAtOnce(db, [insert(50), insert(3), insert(51)])
    await expect(failing).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await numbers()).toHaveLength(20)
    // The connection is free again, and in no transaction.
    await transactionAtOnce(db, [insert(60)])
    expect(await numbers()).toHaveLength(21)
    const within = inTransaction(db, async (tx) => {
      await transactionAtOnce(tx, [insert(70), insert(71)])
      throw new CodedError('CONFLICT', 'undone')
    })
    await expect(within).rejects.toThrow('undone')
    expect(await numbers()).toHaveLength(21)
  })

test('a statement that is planned once gives its rows, also inside a transaction, and changes no setting of its connection', async () => {
  for (const { db, sql: client } of Object.values(opened)) {
    await client`truncate numbers`
    expect(await executePlannedOnce(db, insert(1))).toMatchObject([{ n: 1 }])
    await inTransaction(db, (tx) => executePlannedOnce(tx, insert(2)))
    await expect(executePlannedOnce(db, insert(2))).rejects.toMatchObject({ code: 'CONFLICT' })
    const modes = await Promise.all([1, 2, 3, 4].map(() => client`show plan_cache_mode`))
    expect(modes.flat().map((row) => row['plan_cache_mode'])).toEqual(Array(4).fill('auto'))
    expect(await client`select n from numbers order by n`).toEqual([{ n: 1 }, { n: 2 }])
  }
})

test('a connection that breaks while they run is UNAVAILABLE, and the next ones have another', async () => {
  const { db, sql: client } = must(opened['prepared'])
  await client`truncate numbers`
  const broken = transactionAtOnce(db, [
    insert(1),
    sql`select pg_terminate_backend(pg_backend_pid())`,
  ])
  await expect(broken).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await transactionAtOnce(db, [insert(2)])
  expect(await client`select n from numbers`).toEqual([{ n: 2 }])
})
