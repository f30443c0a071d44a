import { expect, test } from 'vitest'
import { fuseRanks } from './fuse-ranks.ts'

const hits = (...ids: string[]) => ids.map((id) => ({ id, score: 0.5 }))
const one = (): number => 1
const order = (...given: Parameters<typeof fuseRanks>): string[] =>
  fuseRanks(...given).map(({ id }) => id)

test('of the first ones by words, the best of the second stage comes first', () => {
  expect(order('x', hits('a', 'both'), ['both', 'b'], one)).toEqual(['both', 'a', 'b'])
  expect(order('x', hits('a', 'both'), ['both', 'a'], one)).toEqual(['a', 'both'])
  expect(fuseRanks('x', hits('a'), ['a'], one)).toEqual([{ id: 'a', score: 1 }])
})

test('what only the second stage finds is on the first page, behind the best by words', () => {
  const words = ['a', 'b', 'c', 'd', 'e', 'f']
  expect(order('x', hits(...words), ['own'], one).slice(0, 5)).toEqual(['a', 'b', 'c', 'd', 'own'])
})

test('one stage alone keeps its order', () => {
  expect(order('x', [], ['b', 'a'], one)).toEqual(['b', 'a'])
  expect(order('x', hits('b', 'a'), [], one)).toEqual(['b', 'a'])
})

test('the weight of an operation lowers what the second stage counts', () => {
  const weightOf = (id: string): number => (id === 'hub' ? 0.4 : 1)
  expect(order('x', [], ['hub', 'own'], weightOf)).toEqual(['own', 'hub'])
})

test('a query that is an id finds it first', () => {
  expect(order(' fs.read ', hits('fs.read'), ['b', 'c'], one)[0]).toBe('fs.read')
  expect(order('fs.read', hits('fs.read', 'b'), ['b', 'fs.read'], one)[0]).toBe('fs.read')
})
