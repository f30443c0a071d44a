import { expect, test } from 'vitest'
import { LineLimit } from './line-limit.ts'

test('lines beyond the limit of a second are left out, and the next line says how many', () => {
  const limit = new LineLimit(2)
  expect([0, 10, 20, 999].map((now) => limit.take(now))).toEqual([0, 0, undefined, undefined])
  expect([1000, 1001, 1002, 5000].map((now) => limit.take(now))).toEqual([2, 0, undefined, 1])
})
