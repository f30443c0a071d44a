import { expect, test } from 'vitest'
import { editDistance, Spelling } from './spelling.ts'

test.each([
  ['same', 'same', 0],
  ['message', 'mesage', 1],
  ['list', 'lsit', 1],
  ['calendar', 'calender', 1],
  ['deployment', 'deplyomnet', 2],
  ['a', 'abcd', 3],
])('from %s to %s it takes %i edits', (a, b, edits) => {
  expect([editDistance(a, b, 3), editDistance(b, a, 3)]).toEqual([edits, edits])
})

test('more edits than the limit count as one more than the limit', () => {
  expect(editDistance('refund', 'purchase', 2)).toBe(3)
})

test('the nearest words have the fewest errors: one for a short word, two for a long one', () => {
  const spelling = new Spelling(['refund', 'remind', 'deployment', 'employment'])
  expect(spelling.nearest('refnd')).toEqual({ words: ['refund'], errors: 1 })
  expect(spelling.nearest('refxxd').words).toEqual([])
  expect(spelling.nearest('deplyomnet').words).toEqual(['deployment'])
})
