import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { accounts } from '../schema/identity/accounts.ts'
import { Keyset } from './keyset.ts'

const of = (...list: readonly [string, ...unknown[]]) => new Keyset([accounts.id], 'asc', list)
const rows = [{ id: 'a' }, { id: 'b' }]
const cursorOf = (keyset: Keyset): string =>
  keyset.page(rows, { limit: 1 }, ({ id }) => [id]).nextCursor ?? ''

test('a cursor is accepted by the list that returned it, and by no list of another name, owner or filter', () => {
  const cursor = cursorOf(of('things', 'alice', undefined))
  expect(of('things', 'alice', undefined).after({ cursor })).toBeDefined()
  for (const other of [
    of('others', 'alice', undefined),
    of('things', 'bob', undefined),
    of('things', 'alice', 'active'),
    of('things', 'alice'),
    of('things', undefined, 'alice'),
  ])
    expect(() => other.after({ cursor })).toThrow('The cursor is not one of this list.')
})

test('lists with different dates or flags in their filters are different', () => {
  const [early, late] = [new Date(1), new Date(2)]
  expect(cursorOf(of('audit', early))).toBe(cursorOf(of('audit', new Date(1))))
  expect(cursorOf(of('audit', early))).not.toBe(cursorOf(of('audit', late)))
  expect(cursorOf(of('keys', true))).not.toBe(cursorOf(of('keys', false)))
})

test('every list of the library has a unique name', () => {
  const folder = join(import.meta.dirname, '..')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      if (!text.includes('new Keyset(')) return []
      return [
        ...text.matchAll(/\[\s*'([a-z ]+)',\s*(?:request|\.\.\.EQUAL|[a-z]+[A-Za-z?.]*)/g),
      ].map(([, name]) => name)
    })
  expect(names.length).toBeGreaterThanOrEqual(13)
  expect(new Set(names).size).toBe(names.length)
})
