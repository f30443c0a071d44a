import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { PRUNED_KINDS } from './pruners.ts'

const page = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url)), 'utf8')

/** The cells of the rows of all tables of a text. */
function rowsOf(text: string): string[][] {
  return [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  )
}

const namesIn = (text: string): string[] =>
  [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted()

test('the page of retention says of each table what keeps it small, and names every kind and setting', async () => {
  const tables = [
    ...(await page('architecture/storage/table-reference.md')).matchAll(/^### (\w+)$/gm),
  ]
  const rules = rowsOf(await page('architecture/storage/retention.md')).slice(1)
  expect(rules).toHaveLength(tables.length)
  expect(sorted(rules.map(([table = '']) => table))).toEqual(
    sorted(tables.map(([, table = '']) => table)),
  )
  expect(rules.filter(([, rule = '']) => rule.length < 4)).toEqual([])
  expect(sorted(rules.flatMap(([, rule = '']) => namesIn(rule)))).toEqual(sorted(PRUNED_KINDS))
  const [, settings = ''] = (await page('reference/config.md')).split('\n## retention\n')
  const known = rowsOf(settings.split('\n## ')[0] ?? '').flatMap(([name = '']) => namesIn(name))
  expect(sorted([...rules.flatMap(([, , setting = '']) => namesIn(setting)), 'events'])).toEqual(
    sorted(known),
  )
})
