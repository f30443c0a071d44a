import { expect, test } from 'vitest'
import { quantileMs } from './duration-buckets.ts'

test('a quantile is the middle of the bucket that holds its rank', () => {
  // 90 calls of about 1 ms, 9 of about 10 ms, 1 of about 100 ms.
  const histogram = { buckets: [14, 27, 40], bucketCounts: [90, 9, 1] }
  const at = (part: number) => quantileMs(histogram, part)
  expect(at(0.5)).toBeCloseTo(1.04, 2)
  expect(at(0.9)).toBe(at(0.5))
  expect(at(0.95)).toBeCloseTo(9.87, 2)
  expect(at(0.99)).toBe(at(0.95))
  expect(at(1)).toBeCloseTo(93.9, 1)
})

test('a single call is every quantile, and an empty histogram has the quantile 0', () => {
  const one = { buckets: [0], bucketCounts: [1] }
  expect([0, 0.5, 1].map((part) => quantileMs(one, part))).toEqual([0.1, 0.1, 0.1])
  expect(quantileMs({ buckets: [], bucketCounts: [] }, 0.5)).toBe(0)
})
