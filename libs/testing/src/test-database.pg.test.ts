import postgres from 'postgres'
import { expect, test } from 'vitest'
import { createTestDatabase } from './index.ts'

async function ask(url: string, query: string): Promise<unknown[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return [...(await sql.unsafe(query))]
  } finally {
    await sql.end()
  }
}

test('each database has the schema, and what one test writes another one does not see', async () => {
  await using first = await createTestDatabase()
  await using second = await createTestDatabase()
  const count = `select count(*)::integer as accounts from accounts`
  await ask(first.url, `insert into accounts (id, email) values ('a', 'a@example.com')`)
  expect(await ask(first.url, count)).toEqual([{ accounts: 1 }])
  expect(await ask(second.url, count)).toEqual([{ accounts: 0 }])
})

test('an empty database has no table, and disposal drops a database that is still in use', async () => {
  const database = await createTestDatabase({ empty: true })
  const tables = `select tablename from pg_tables where schemaname = 'public'`
  expect(await ask(database.url, tables)).toEqual([])
  const lingering = postgres(database.url, { max: 1, onnotice: () => {} })
  await lingering`select 1`
  await database[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await expect(ask(database.url, 'select 1')).rejects.toMatchObject({ code: '3D000' })
  await lingering.end({ timeout: 0 })
})
