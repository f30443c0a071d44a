import { expect, test } from 'vitest'
import { wrap } from './wrap.ts'

test('a line is broken at blanks and continues under its text', () => {
  expect(wrap('  --x  one two three', 14, 7)).toBe('  --x  one two\n       three')
  expect(wrap('one two\nthree', 7)).toBe('one two\nthree')
})

test('a word that is longer than a line stays whole', () => {
  expect(wrap('a http://example.com/long b', 10)).toBe('a\nhttp://example.com/long\nb')
})
