import { expect, test } from 'vitest'
import { tagsOf } from './call-tags.ts'

const tags = (header: string) => tagsOf({ 'x-alkhub-tags': header })

test('tags are separated by commas, and each counts once', () => {
  expect(tags(' team-a, batch:7,team-a ')).toEqual(['team-a', 'batch:7'])
  expect([tagsOf({}), tags(' ')]).toEqual([[], []])
})

test.each([
  'a b',
  'a,,b',
  '-a',
  'ä',
  'x'.repeat(65),
  Array.from({ length: 17 }, (_, n) => n).join(),
])('what is no list of tags is refused: %j', (header) => {
  expect(() => tags(header)).toThrow('x-alkhub-tags')
})
