import { expect, test } from 'vitest'
import { splitWords } from './split-words.ts'

test('a line is split as a shell splits it', () => {
  expect(splitWords(`call a.b '{"x": 1}'  "two words" a\\ b ''`)).toEqual([
    'call',
    'a.b',
    '{"x": 1}',
    'two words',
    'a b',
    '',
  ])
  expect(splitWords('"a \\" b" \'c \\ d\'')).toEqual(['a " b', 'c \\ d'])
  expect(splitWords('   ')).toEqual([])
})

test('a quote that is not closed is an error', () => {
  expect(() => splitWords(`call 'x`)).toThrow('is not closed')
})
