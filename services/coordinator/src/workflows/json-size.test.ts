import { expect, test } from 'vitest'
import { isJsonLargerThan } from './json-size.ts'

test('a value that holds a long text many times is larger than the limit, although its JSON could not be made', () => {
  const text = 'x'.repeat(1_000_000)
  const row = Array.from({ length: 1000 }, () => text)
  expect(isJsonLargerThan({ rows: Array.from({ length: 1000 }, () => row) }, 1_000_000)).toBe(true)
})

test.each([
  ['a text', 'é'.repeat(50)],
  ['a list of numbers', Array.from({ length: 100 }, () => 1)],
  ['a record', Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`name${at}`, null]))],
  ['nested lists', Array.from({ length: 10 }, () => [[true, [1, 2, 3]]])],
])('%s is never taken for larger than its JSON', (_, value) => {
  const bytes = Buffer.byteLength(JSON.stringify(value))
  expect(isJsonLargerThan(value, bytes)).toBe(false)
  expect(isJsonLargerThan(value, bytes / 4)).toBe(true)
})
