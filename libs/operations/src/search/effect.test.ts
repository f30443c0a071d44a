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
  expect(asked('webhook end point create')).toBe('create')
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

test('a name that begins with what is done says so, whatever the type of the operation', () => {
  expect(effectOf('DeleteQueue', 'Deletes the queue', 'query')).toBe('remove')
  expect(effectOf('StartInstances', 'Starts instances', 'query')).toBe('act')
  expect(effectOf('stars.list', 'Lists stars', 'query')).toBe('many')
  expect(effectOf('checksSuite', 'Shows the checks', 'query')).toBe('one')
  expect(effectOf('SearchInvoices', 'Searches for invoices', 'mutation')).toBe('many')
  expect(effectOf('frobnicate', 'Lists what it changed', 'mutation')).toBe('act')
})

test('what is read stands before the preposition of a name', () => {
  expect(effectOf('getTasksForProject', 'Returns tasks', 'query')).toBe('many')
  expect(effectOf('getProjectForTasks', 'Returns a project', 'query')).toBe('one')
  expect(effectOf('markThreadsAsRead', 'Marks threads', 'mutation')).toBe('change')
})

test('a name of a method and a path says what is done by its end', () => {
  expect(effectOf('PostPayoutsPayoutCancel', 'A created payout can be canceled', 'mutation')).toBe(
    'end',
  )
  expect(effectOf('PostInvoicesInvoice', 'Drafts are editable', 'mutation')).toBe('change')
  expect(effectOf('put_files_id', 'Files', 'mutation')).toBe('change')
  expect(effectOf('PostCharges', 'To charge a card', 'mutation')).toBe('create')
  expect(effectOf('PostStatus', 'A status', 'mutation')).toBe('create')
})

test('a question asks to read, whatever an idiom in it means', () => {
  const index = new SearchIndex()
  const set = (name: string, description: string, type: 'query' | 'mutation'): void =>
    index.set(`pins.${name}`, { namespace: 'pins', name, description, type })
  set('add', 'Pins an item', 'mutation')
  set('list', 'Lists items that are pinned', 'query')
  expect(index.search('what is pinned here')[0]?.id).toBe('pins.list')
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
