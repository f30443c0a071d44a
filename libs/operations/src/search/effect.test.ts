import { expect, test } from 'vitest'
import { SearchIndex } from './search-index.ts'
import { effectFactor, effectOf, numberOf, verbOf } from './effect.ts'
import { stem, wordsOf } from './tokens.ts'

const asked = (query: string): string | undefined => {
  const words = wordsOf(query)
  return verbOf(words, words.map(stem), [])?.effect
}

test('the first verb of a query says what it asks for, and a question asks to read', () => {
  expect(asked('please delete the file')).toBe('remove')
  expect(asked('how do I create a channel')).toBe('create')
  expect(asked('how many files were deleted')).toBe('read')
  expect(asked('did you send the invoice')).toBe('read')
  expect(asked('which people may delete it')).toBe('many')
  expect(asked('red shoes')).toBeUndefined()
})

test('an identifier asks for one thing and a plural for several', () => {
  expect(numberOf('issue 42', ['issue', '42'])).toBe('one')
  expect(numberOf('my issues', ['my', 'issues'])).toBe('many')
  expect(numberOf('the status', ['the', 'status'])).toBeUndefined()
})

test('a small number before a plural counts things, and identifies none', () => {
  expect(numberOf('the last 10 charges', ['the', 'last', '10', 'charges'])).toBe('many')
  expect(numberOf('invoice 10 status', ['invoice', '10', 'status'])).toBe('one')
  expect(numberOf('order 123456 items', ['order', '123456', 'items'])).toBe('one')
})

test('the verb of the name says what an operation does, then that of the description', () => {
  expect(effectOf('records.delete', 'Records of a domain', 'mutation')).toBe('remove')
  expect(effectOf('PostCustomers', 'Creates a customer', 'mutation')).toBe('create')
  expect(effectOf('GetCustomers', 'Returns a list of customers', 'query')).toBe('many')
  expect(effectOf('GetCustomersCustomer', 'Retrieves a customer', 'query')).toBe('one')
  expect(effectOf('records', 'Rows', 'query')).toBe('read')
  expect(effectOf('frobnicate', undefined, 'mutation')).toBeUndefined()
})

test('what does the opposite of the query counts least, and what is not known counts fully', () => {
  expect(effectFactor('create', 'remove')).toBeLessThan(effectFactor('create', 'change'))
  expect(effectFactor('create', 'create')).toBe(1)
  expect(effectFactor('create', undefined)).toBe(1)
  expect(effectFactor(undefined, 'remove')).toBe(1)
})

test('an idiom finds the operation that it means, with words between its parts', () => {
  const index = new SearchIndex()
  const set = (namespace: string, name: string, description: string): void =>
    index.set(`${namespace}.${name}`, { namespace, name, description, type: 'mutation' })
  set('rooms', 'removeMember', 'Removes a member from a room')
  set('rooms', 'addMember', 'Adds a member to a room')
  set('pins', 'remove', 'Removes an item')
  set('pins', 'add', 'Adds an item')
  expect(index.search('throw bob out of the room')[0]?.id).toBe('rooms.removeMember')
  expect(index.search('unpin the item')[0]?.id).toBe('pins.remove')
})

test('a query about what one has prefers operations of the caller', () => {
  const index = new SearchIndex()
  const set = (name: string, description: string): void =>
    index.set(`lists.${name}`, { namespace: 'lists', name, description, type: 'query' })
  set('getFeatured', 'Lists playlists')
  set('getOfUser', 'Lists playlists of the current user')
  expect(index.search('which playlists do i have')[0]?.id).toBe('lists.getOfUser')
})
