import { expect, test } from 'vitest'
import { estimateSize } from './estimate-size.ts'

test('the size of a value is counted up to the limit, which is also that of a value that can not be read', () => {
  expect(estimateSize({ a: 'xyz' }, 100)).toBe(12)
  expect(estimateSize('x'.repeat(500), 100)).toBe(100)
  const unreadable = {
    get a(): never {
      throw new Error('hostile')
    },
  }
  expect(estimateSize(unreadable, 100)).toBe(100)
})
