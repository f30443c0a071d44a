import { expect, test } from 'vitest'
import { estimateSize } from './estimate-size.ts'

test('the size of a string is its length', () => {
  expect(estimateSize('x'.repeat(100), 1000)).toBe(100)
})

test('the size of an object includes its keys', () => {
  expect(estimateSize({ a: 'xyz' }, 100)).toBe(12)
})

test('the size of an absent value is 8', () => {
  expect(estimateSize(undefined, 1000)).toBe(8)
})

test('the size of a large value is the limit', () => {
  expect(estimateSize('x'.repeat(500), 100)).toBe(100)
  expect(
    estimateSize(
      Array.from({ length: 1_000_000 }, () => 'xxxxxxxxxx'),
      5000,
    ),
  ).toBe(5000)
})

test('the size of a value that cannot be read is the limit', () => {
  const unreadable = {
    get a(): never {
      throw new Error('hostile')
    },
  }
  expect(estimateSize(unreadable, 100)).toBe(100)
})
