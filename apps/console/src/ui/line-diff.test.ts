import { expect, test } from 'vitest'
import { lineDiff } from './line-diff.ts'

test('what both texts have stays in its order, and the rest is taken out or added', () => {
  expect(lineDiff('a\nb\nc', 'a\nc\nd')).toEqual([' a', '-b', ' c', '+d'])
  expect(lineDiff('a', 'a')).toEqual([' a'])
  expect(lineDiff('a', 'b')).toEqual(['-a', '+b'])
})

test('texts of too many lines are not compared', () => {
  expect(lineDiff('a\n'.repeat(601), 'a')).toBeUndefined()
})
