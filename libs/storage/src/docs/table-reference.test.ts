import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import * as schema from '../schema/index.ts'
import { renderTableReference, UNWRITTEN } from './table-reference.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

test('the table reference equals the definitions', async () => {
  const page = at('../../../../docs/architecture/storage/table-reference.md')
  const stored = await readFile(page, 'utf8')
  const storedDate = /^last_updated: (\S+)$/m.exec(stored)?.[1] ?? ''
  const same = await renderTableReference(at('../schema'), storedDate)
  // A page that differs is written with the date of today.
  const today = new Date().toISOString().slice(0, 10)
  const text = same === stored ? same : await renderTableReference(at('../schema'), today)
  expect(text.match(/^### /gm)).toHaveLength(65)
  await expect(text).toMatchFileSnapshot(page)
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
  // Functions and triggers of the database insert into these.
  const byFunction = new Map([
    ['budget_slices', 'from budget_slice('],
    ['inference_attempts', 'from inference_settle('],
    ['inference_usage', 'from inference_open('],
    ['task_plans', 'insert into tasks '],
  ])
  const unwritten: string[] = []
  for (const [name, table] of Object.entries(schema)) {
    if (!is(table, PgTable)) continue
    const sqlName = getTableName(table)
    const call = byFunction.get(sqlName)
    if (call !== undefined && storage.includes(call)) continue
    const inserts = new RegExp(String.raw`\.insert\(${name}\)|insert into ${sqlName}\b`)
    if (!byMigration.has(sqlName) && !inserts.test(storage)) unwritten.push(sqlName)
  }
  expect(unwritten.toSorted()).toEqual([...UNWRITTEN])
})
