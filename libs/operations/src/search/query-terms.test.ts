import { expect, test } from 'vitest'
import type { SearchEntry } from './search-entry.ts'
import { SearchIndex } from './search-index.ts'

function found(entries: Readonly<Record<string, Partial<SearchEntry>>>, query: string): string[] {
  const index = new SearchIndex()
  for (const [id, more] of Object.entries(entries)) {
    const [namespace = '', name = ''] = id.split('.')
    index.set(id, { namespace, name, ...more })
  }
  return index.search(query).map(({ id }) => id)
}

const files = { 'fs.deleteFile': {}, 'fs.readFile': {}, 'net.pingHost': {} }

test.each(['delte file', 'deleet file', 'DELETTE FILES'])(
  'a query with typing errors finds its operation: %s',
  (query) => {
    expect(found(files, query)[0]).toBe('fs.deleteFile')
  },
)

test('short words and numbers are not corrected', () => {
  expect(found({ 'a.fly': {}, 'a.x2345': {} }, 'fla')).toEqual([])
  expect(found({ 'a.fly': {}, 'a.x2345': {} }, 'x2346')).toEqual([])
})

test('words that were joined or split find the operation', () => {
  const entries = { 'lb.createLoadBalancer': {}, 'x.listPlaylists': {}, 'net.pingHost': {} }
  expect(found(entries, 'loadbalancer')[0]).toBe('lb.createLoadBalancer')
  expect(found(entries, 'play list')[0]).toBe('x.listPlaylists')
})

test('names and descriptions of parameters find an operation, after one whose name has the word', () => {
  const inputSchema = {
    type: 'object',
    properties: {
      box: { type: 'object', properties: { latitude: { description: 'Degrees north' } } },
    },
  }
  const entries = { 'a.first': { inputSchema }, 'b.latitude': {}, 'c.other': {} }
  expect(found(entries, 'latitude')).toEqual(['b.latitude', 'a.first'])
  expect(found(entries, 'degrees north')).toEqual(['a.first'])
})

test.each([
  ['give the money back', 'pay.refund'],
  ['virtual machine', 'cloud.droplet'],
  ['out of office', 'mail.vacation'],
  ['picture', 'media.photo'],
])('another word or phrase of the same meaning finds the operation: %s', (query, id) => {
  const entries = { 'pay.refund': {}, 'cloud.droplet': {}, 'mail.vacation': {}, 'media.photo': {} }
  expect(found(entries, query)[0]).toBe(id)
})

test('a query for a change ranks operations that change something first, and the reverse', () => {
  const entries = {
    'a.one': { type: 'query', description: 'Assigned tickets of a person' },
    'a.two': { type: 'mutation', description: 'Assign tickets to a person' },
  } as const
  expect(found(entries, 'assign tickets')[0]).toBe('a.two')
  expect(found(entries, 'show assigned tickets')[0]).toBe('a.one')
})

test('a query of many long words is read in bounded time', () => {
  expect(found(files, 'qwertyuiopasdfghjkl'.repeat(1000))).toEqual([])
  expect(found(files, `${'delte '.repeat(1000)}file`)[0]).toBe('fs.deleteFile')
})

test('a question that is answered by yes or no prefers the operation that checks', () => {
  const entries = {
    'music.savedAlbums': { type: 'query', description: 'Get the saved albums' },
    'music.checkSavedAlbums': { type: 'query', description: 'Check the saved albums' },
  } as const
  expect(found(entries, 'do i already have this album')[0]).toBe('music.checkSavedAlbums')
  expect(found(entries, 'saved albums')[0]).toBe('music.savedAlbums')
})

test.each([
  ['open an email', 'gmail.get'],
  ['pause the song', 'spotify.get'],
  ['look at the cluster', 'k8s.get'],
])('what a product is for finds its operations: %s', (query, id) => {
  const entries = { 'asana.get': {}, 'gmail.get': {}, 'k8s.get': {}, 'spotify.get': {} }
  expect(found(entries, query)[0]).toBe(id)
})

test('who shows or gives something to me does not ask for what is mine', () => {
  const entries = { 'pay.invoices': {}, 'pay.currentInvoices': {} }
  expect(found(entries, 'show me the invoices')[0]).toBe('pay.invoices')
  expect(found(entries, 'my invoices')[0]).toBe('pay.currentInvoices')
})
