import { readdir, readFile } from 'node:fs/promises'
import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)

/** The rows of the table of original names. */
async function readRows(): Promise<readonly { original: string; here: string }[]> {
  const page = await readFile(new URL('docs/architecture/operations.md', root), 'utf8')
  const [, section = ''] = page.split('\n## Original names\n')
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, original = '', here = '']) => ({ original, here }))
}

/** `table` and `table.column` of every table and view, as the newest migration leaves them. */
async function readColumns(): Promise<Set<string>> {
  const folder = new URL('migrations/meta/', root)
  const names = (await readdir(folder)).filter((name) => name.endsWith('_snapshot.json'))
  const newest = names.toSorted().at(-1) ?? ''
  const { tables, views } = JSON.parse(await readFile(new URL(newest, folder), 'utf8')) as Record<
    string,
    Record<string, { readonly columns: object }>
  >
  const known = new Set<string>()
  for (const [path, { columns }] of Object.entries({ ...tables, ...views })) {
    const table = path.replace(/^public\./, '')
    known.add(table)
    for (const column of Object.keys(columns)) known.add(`${table}.${column}`)
  }
  return known
}

const codes = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

test('the table of original names names only operations, tables and columns that exist', async () => {
  const columns = await readColumns()
  const operations = new Set(SERVICE_OPERATIONS.map(({ spec }) => `${spec.namespace}.${spec.name}`))
  const namespaces = new Set(SERVICE_OPERATIONS.map(({ spec }) => `${spec.namespace}.*`))
  const named = (await readRows()).flatMap(({ here }) => codes(here))
  const dotted = named.filter((code) => /^[a-z_]+\.(?:\w+|\*)$/.test(code))
  expect(dotted.length).toBeGreaterThan(8)
  const isKnown = (code: string): boolean =>
    operations.has(code) || namespaces.has(code) || columns.has(code)
  expect(dotted.filter((code) => !isKnown(code))).toEqual([])
  const tables = named.filter((code) => /^[a-z]+_[a-z_]+$/.test(code))
  expect(tables).toContain('call_log')
  expect(tables.filter((code) => !columns.has(code))).toEqual([])
})

test('an operation whose original name is in the table is not one of ours, unless the table says so', async () => {
  const operations = new Set(SERVICE_OPERATIONS.map(({ spec }) => `${spec.namespace}.${spec.name}`))
  const stale = (await readRows())
    .filter(({ original, here }) =>
      codes(original).some((code) => operations.has(code) && !codes(here).includes(code)),
    )
    .map(({ original }) => original)
  expect(stale).toEqual([])
})
