import { expect, test } from 'vitest'
import { findWords } from './check.ts'

test('a banned word is found with its line and the words to use', () => {
  expect(findWords('fine\nThe caller is told of it.\n')).toEqual([
    { line: 2, word: 'told', instead: expect.stringContaining('notified') },
  ])
})

test('a word inside a longer word is not found', () => {
  expect(findWords('untold circlet harmless')).toEqual([])
})

test('case does not matter, and several words of a line are all found', () => {
  expect(findWords('Nobody mends it anew').map(({ word }) => word)).toEqual([
    'anew',
    'Nobody',
    'mends',
  ])
})

test('a line that is marked may quote the word', () => {
  expect(findWords('// the peer answers "told" // words-ok')).toEqual([])
})
