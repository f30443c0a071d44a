import { expect, test } from 'vitest'
import { verbOf } from './effect.ts'
import { asksForFacts, canBeVerb, namesOne } from './query-roles.ts'
import { stem, wordsOf } from './tokens.ts'

function effectOf(query: string): string | undefined {
  const words = wordsOf(query)
  return verbOf(words, words.map(stem), [])?.effect
}

test.each([
  ['bookmark this repository', 'act'],
  ['exchange the password', 'change'],
  ['please discard it', 'remove'],
  ['zigzag the line', 'act'],
])('the command %s asks to %s', (query, effect) => {
  expect(effectOf(query)).toBe(effect)
})

test.each([
  'messages that were sent',
  'calls we made',
  'status of one refund',
  'the record',
  'my order',
  'status updates of the project',
  'texts we sent last week',
  'gists i have starred',
])('%s names things and asks for nothing to be done', (query) => {
  expect(effectOf(query)).toBeUndefined()
})

test('a verb after a comma or after other words of a command still counts', () => {
  expect(effectOf('the customer has moved, change the address')).toBe('change')
  expect(effectOf('i want to delete the file')).toBe('remove')
})

test('a word after an article, or after a preposition, names a thing', () => {
  const words = wordsOf('delete the record of that call')
  expect(words.map((_, at) => canBeVerb(words, at))).toEqual([
    true,
    true,
    false,
    true,
    false,
    false,
  ])
})

test.each([
  ['find one customer by id', true],
  ['details of a single event', true],
  ['status of the call', true],
  ['status of calls', false],
  ['list customers', false],
])('whether %s speaks of one thing is %s', (query, is) => {
  expect(namesOne(wordsOf(query))).toBe(is)
})

test('facts that are listed say little, and what they are facts of says most', () => {
  const words = wordsOf('description, default branch and visibility of a repository')
  expect(words.map((_, at) => asksForFacts(words, at))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ])
  expect(asksForFacts(wordsOf('songs of an album'), 0)).toBe(false)
})

test('the words for facts say little only before what they are facts of', () => {
  expect(asksForFacts(wordsOf('status of a call'), 0)).toBe(true)
  expect(asksForFacts(wordsOf('set my status'), 2)).toBe(false)
})
