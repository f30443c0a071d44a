import { expect, test } from 'vitest'
import { meaningOf, Meanings } from './meaning.ts'
import { SearchIndex } from './search-index.ts'
import { tokens } from './tokens.ts'

const meaning = (text: string): Int8Array => meaningOf([[tokens(text), 1]]) ?? new Int8Array(64)

test('texts that mean about the same are nearer than others', () => {
  const meanings = new Meanings()
  meanings.set(0, meaning('create invoice'))
  meanings.set(70, meaning('restart a virtual machine'))
  const query = meaning('bill the client')
  expect(meanings.nearness(0, query)).toBeGreaterThan(meanings.nearness(70, query) + 0.2)
  expect(meanings.nearness(0, meaning('create invoice'))).toBeCloseTo(1, 1)
})

test('a text of unknown words has no meaning', () => {
  expect(meaningOf([[['zorpan', 'frumkel'], 1]])).toBeUndefined()
  expect(meaningOf([])).toBeUndefined()
})

const OPERATIONS = {
  'shop.createDispute': 'Opens a dispute about a payment.',
  'shop.listProducts': 'Returns the products.',
  'cloud.rebootServer': 'Reboots a server.',
}

function filled(): SearchIndex {
  const index = new SearchIndex()
  for (const [id, description] of Object.entries(OPERATIONS)) {
    const [namespace = '', name = ''] = id.split('.')
    index.set(id, { namespace, name, description })
  }
  return index
}

test('an entry is found by its meaning alone, and no longer when it was deleted', () => {
  const index = filled()
  const features = index.candidates('chargebacks').find(({ id }) => id === 'shop.createDispute')
  expect(features?.features?.meaningPlace).toBe(1)
  expect(index.search('chargebacks')[0]?.id).toBe('shop.createDispute')
  const others = index.search('chargebacks', 5, (id) => id !== 'shop.createDispute')
  expect(others.map(({ id }) => id)).not.toContain('shop.createDispute')
  index.delete('shop.createDispute')
  expect(index.search('chargebacks').map(({ id }) => id)).not.toContain('shop.createDispute')
})

test('an entry that takes the place of a deleted one has its own meaning', () => {
  const index = filled()
  index.delete('shop.createDispute')
  index.set('cloud.resizeDisk', { namespace: 'cloud', name: 'resizeDisk', description: 'Resizes.' })
  expect(index.search('chargebacks').map(({ id }) => id)).not.toContain('cloud.resizeDisk')
})

test('at most two entries of a group are found, by words and by meaning together', () => {
  const index = new SearchIndex()
  for (const name of ['createDispute', 'openDispute', 'submitDispute', 'chargeback'])
    index.set(`shop.${name}`, { namespace: 'shop', name, group: 'one' })
  expect(index.search('chargebacks')).toHaveLength(2)
})
