import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import * as schema from '../schema/index.ts'
import { renderTableReference, UNWRITTEN } from './table-reference.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

test('the table reference says what the definitions say', async () => {
  const text = await renderTableReference(at('../schema'))
  expect(text.match(/^### /gm)).toHaveLength(36)
  await expect(text).toMatchFileSnapshot(
    at('../../../../docs/architecture/storage/table-reference.md'),
  )
})

async function sourcesBelow(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true })
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const own = files.filter((name) => !name.includes('testing/'))
  return (await Promise.all(own.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
}

test('a table counts as not written exactly when no service has a statement that inserts into it (V5)', async () => {
  const storage = await sourcesBelow(at('..'))
  // Migrations write the rows of these two; processes update them.
  const byMigration = new Set(['change_counters', 'schema_levels'])
  const unwritten: string[] = []
  for (const [name, table] of Object.entries(schema)) {
    if (!is(table, PgTable)) continue
    const sqlName = getTableName(table)
    const inserts = new RegExp(String.raw`\.insert\(${name}\)|insert into ${sqlName}\b`)
    if (!byMigration.has(sqlName) && !inserts.test(storage)) unwritten.push(sqlName)
  }
  expect(unwritten.toSorted()).toEqual([...UNWRITTEN])
})
