import { expect, test } from 'vitest'
import { roughBytes } from './rough-bytes.ts'

test('the size of a value is counted up to the limit, which is also that of a value that can not be read', () => {
  expect(roughBytes({ a: 'xyz' }, 100)).toBe(12)
  expect(roughBytes('x'.repeat(500), 100)).toBe(100)
  const unreadable = {
    get a(): never {
      throw new Error('hostile')
    },
  }
  expect(roughBytes(unreadable, 100)).toBe(100)
})
