import { setTimeout as sleep } from 'node:timers/promises'
import { createTestDatabase } from '@alkdev/testing'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { copyOut } from './copy-rows.ts'

test('a connection goes on after the rows of a table that are read more slowly than they come', async () => {
  await using database = await createTestDatabase()
  const sql = postgres(database.url, { max: 1 })
  await sql`create table long (text text not null)`
  await sql`insert into long select repeat('x', 200000) from generate_series(1, 3)`
  const found = await sql.begin(async (tx) => {
    let bytes = 0
    for await (const piece of copyOut(tx, 'long', ['text'], false)) {
      bytes += piece.length
      await sleep(20)
    }
    const [row] = await tx<{ count: number }[]>`select count(*)::int as count from long`
    return [bytes, row?.count]
  })
  expect(found).toEqual([600_003, 3])
  await sql.end()
})
