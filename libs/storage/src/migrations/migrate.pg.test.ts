import { createTestDatabase } from '@alkdev/testing'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { migrate } from './migrate.ts'
import { checkSchemaLevel, SCHEMA_LEVEL } from './schema-level.ts'

test('six migrators at once all succeed, and each migration is applied once', async () => {
  await using database = await createTestDatabase({ empty: true })
  const results = await Promise.all(Array.from({ length: 6 }, () => migrate(database.url)))
  expect(results.map((result) => result.level)).toEqual(
    Array.from({ length: 6 }, () => SCHEMA_LEVEL),
  )
  expect(results.filter((result) => result.applied.length === SCHEMA_LEVEL)).toHaveLength(1)
  await using opened = await openDatabase(database.url)
  await checkSchemaLevel(opened.db)
  const rows = await opened.db.execute(sql`select count(*) from roles`)
  expect(rows).toEqual([{ count: '8' }])
})
