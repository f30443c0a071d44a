import { expect, test } from 'vitest'
import { backOffMs } from './back-off.ts'

test('the pauses between attempts grow threefold up to four hours', () => {
  const pauses = [1, 2, 3, 8, 9, 1000].map((attempts) => backOffMs(attempts, 0.5))
  expect(pauses).toEqual([5000, 15_000, 45_000, 10_935_000, 14_400_000, 14_400_000])
})

test('a pause is spread by a tenth to both sides', () => {
  expect([backOffMs(1, 0), backOffMs(1, 1)]).toEqual([4500, 5500])
})
