import { SearchIndex } from '@alkdev/operations/search'
import { expect, test } from 'vitest'
import { spec } from '../testing/harness.ts'
import type { StoredEntry } from './registry-store.ts'
import { searchEntry } from './search-entry.ts'

function entry(operationId: string, description: string): StoredEntry {
  const described = spec(operationId, { description })
  return { operationId, spec: described, kind: 'service', service: 'mcp', providers: [] }
}

function search(entries: readonly StoredEntry[], query: string): string[] {
  const index = new SearchIndex()
  for (const each of entries) index.set(each.operationId, searchEntry(each))
  return index.search(query, 10).map(({ id }) => id)
}

test('a pool comes before the spokes that offer the same, of which two are shown', () => {
  const pool: StoredEntry = {
    operationId: 'fs.read',
    spec: spec('fs.read'),
    kind: 'pool',
    providers: [],
  }
  const pinned = Array.from({ length: 5 }, (_, at): StoredEntry => ({
    operationId: `dev.s${at}.fs.read`,
    spec: spec('fs.read'),
    kind: 'spoke',
    providers: [],
  }))
  const found = search([...pinned, pool, entry('fs.write', 'x')], 'fs read')
  expect(found.slice(0, 2)).toEqual(['fs.read', 'dev.s0.fs.read'])
  expect(found.filter((id) => id.endsWith('fs.read'))).toHaveLength(2)
})

test('operations of the hub come after those of spokes, unless all words of their name are in the query (F10)', () => {
  const entries: StoredEntry[] = [
    entry('orgs.removeMember', 'Removes a member'),
    entry('clients.delete', 'Deletes a client and its file of secrets'),
    { ...entry('fs.delete', 'Deletes a file'), kind: 'pool' },
  ]
  expect(search(entries, 'remove a file')[0]).toBe('fs.delete')
  expect(search(entries, 'remove member orgs')[0]).toBe('orgs.removeMember')
})
